"""The result of a bundle, and its files byte by byte (section "Output")."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.allocation.canonical import canonical_file
from app.allocation.cutoffs import Cutoff
from app.allocation.deficit import ListsDeficit, SeatsDeficit
from app.allocation.text import IDENTIFIER, OPTIONAL_IDENTIFIER, Kind, Refused, read_rows, sha256, write_rows

RESULT = "result.json"
OUTPUTS = ("placements.csv", "cutoffs.csv", "deficit.json", RESULT)


class Placement(NamedTuple):
    """A row of placements.csv: `rank` 1-based in the whole list; "", None and "" for the unplaced."""

    applicant: str
    programme: str = ""
    rank: int | None = None
    seat: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A solved bundle: `manifest` is the SHA-256 of its manifest's file, `seats` the sum of capacities."""

    round: str
    manifest: str
    keys: tuple[str, ...]
    seats: int
    placements: tuple[Placement, ...]
    cutoffs: tuple[Cutoff, ...]
    deficit: SeatsDeficit | ListsDeficit | None


def render_result(result: Result) -> dict[str, bytes]:
    """The files of a result (name to bytes), result.json last."""
    files = {"placements.csv": _placements(result.placements), "cutoffs.csv": _cutoffs(result)}
    if result.deficit is not None:
        files["deficit.json"] = _deficit(result.deficit)
    placed = sum(1 for row in result.placements if row.programme)
    summary = {
        "applicants": len(result.placements),
        "digest": sha256(files["placements.csv"]),
        "files": {file: sha256(data) for file, data in files.items() if file != "placements.csv"},
        "format": "allocation-result/1",
        "manifest": result.manifest,
        "placed": placed,
        "round": result.round,
        "seats": result.seats,
        "unplaced": len(result.placements) - placed,
    }
    return files | {RESULT: canonical_file(summary)}


def read_placements(data: bytes) -> tuple[Placement, ...]:
    """The rows of a placements.csv, in its order; raises Refused for a row that is none."""
    columns = [
        ("applicant", IDENTIFIER),
        ("programme", OPTIONAL_IDENTIFIER),
        ("rank", Kind("|[1-9][0-9]{0,6}", "must be empty or an integer from 1")),
        ("seat", Kind(f"|open|reserve:{IDENTIFIER.pattern}", "must be empty, open or reserve:<group>")),
    ]
    rows = []
    for line, (applicant, programme, rank, seat) in read_rows("placements.csv", data, columns):
        if not bool(programme) == bool(rank) == bool(seat):
            raise Refused("placements.csv", line, "programme, rank and seat must be given together")
        rows.append(Placement(applicant, programme, int(rank) if rank else None, seat))
    return tuple(rows)


def _placements(rows: Sequence[Placement]) -> bytes:
    cells = ((row.applicant, row.programme, row.rank or "", row.seat) for row in rows)
    return write_rows(["applicant", "programme", "rank", "seat"], cells)


def _cutoffs(result: Result) -> bytes:
    blank = [""] * len(result.keys)
    cells = (
        (row.programme, row.seat, row.filled, *(blank if row.keys is None else row.keys), row.ticket)
        for row in result.cutoffs
    )
    return write_rows(["programme", "seat", "filled", *result.keys, "ticket"], cells)


def _deficit(deficit: SeatsDeficit | ListsDeficit) -> bytes:
    if isinstance(deficit, ListsDeficit):
        return canonical_file({"applicants": deficit.applicants, "kind": "lists"})
    return canonical_file(
        {
            "applicants": deficit.applicants,
            "kind": "seats",
            "missing": deficit.missing,
            "programmes": deficit.programmes,
            "seats": deficit.seats,
        }
    )
