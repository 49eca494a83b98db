"""The plan for a bundle in a folder: with the result that stands there, written as canonical JSON."""

from collections.abc import Sequence
from pathlib import Path

from app.allocation.bundle import Bundle, read_bundle
from app.allocation.canonical import canonical_file, read_object
from app.allocation.plan import Plan, plan
from app.allocation.result import RESULT, Placement, read_placements
from app.allocation.solver import solve
from app.allocation.text import SEATS, Refused, matches, sha256

PLACEMENTS = "placements.csv"


def planned(folder: Path, result: Path | None, limits: Sequence[str]) -> bytes:
    """The plan for the bundle in a folder as canonical JSON; `result`: folder with its result, else it is solved.

    `limits`: `PROGRAMME=SEATS` each. Raises Refused, also for a result of another bundle, and OSError.
    """
    bundle = read_bundle(folder)
    solved = solve(bundle).placements if result is None else _result_in(result, bundle)
    return render_plan(bundle, plan(bundle, [bool(row.programme) for row in solved], dict(map(_limit, limits))))


def render_plan(bundle: Bundle, made: Plan) -> bytes:
    """The plan as canonical JSON; `kind`: null where everyone who must have a place has one with the seats added."""
    seats = dict(bundle.tables.programmes)
    added = [{"add": add, "capacity": seats[name], "programme": name} for name, add in made.added.items()]
    zones = [
        {
            "applicants": zone.applicants,
            "programmes": zone.programmes,
            "seats": zone.seats,
            "unplaced": zone.unplaced,
        }
        for zone in made.zones
    ]
    return canonical_file(
        {
            "add": added,
            "beyond_limits": made.beyond,
            "format": "allocation-plan/1",
            "kind": made.kind,
            "manifest": bundle.manifest,
            "missing": made.missing,
            "round": bundle.header.round,
            "unplaced_after": made.unplaced,
            "zones": zones,
        }
    )


def _result_in(folder: Path, bundle: Bundle) -> tuple[Placement, ...]:
    summary, placements = (folder / RESULT).read_bytes(), (folder / PLACEMENTS).read_bytes()
    said = read_object(RESULT, summary)
    if said.get("manifest") != bundle.manifest:
        raise Refused(RESULT, 1, "manifest: this is the result of another bundle")
    if said.get("digest") != sha256(placements):
        raise Refused(PLACEMENTS, 0, "does not have the SHA-256 that result.json gives")
    rows = read_placements(placements)
    if [row.applicant for row in rows] != [row.applicant for row in bundle.tables.applicants]:
        raise Refused(
            PLACEMENTS, 0, "must have a row for each applicant of the bundle, in ascending order, and no other"
        )
    return rows


def _limit(text: str) -> tuple[str, int]:
    programme, _, seats = text.partition("=")
    if not matches(SEATS, seats):
        raise Refused("--most", 0, f"must be PROGRAMME=SEATS; seats {SEATS.rule}")
    return programme, int(seats)
