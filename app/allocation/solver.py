"""From a bundle to its result: lottery, priorities, deferred acceptance, cut-offs, certificate."""

from pathlib import Path

from app.allocation.bundle import Bundle, read_bundle, write_files
from app.allocation.cutoffs import cutoffs
from app.allocation.deferred_acceptance import match
from app.allocation.deficit import deficit
from app.allocation.manifest import MANIFEST, TICKET
from app.allocation.preferences import preferences
from app.allocation.result import OUTPUTS, RESULT, Placement, Result, render_result
from app.allocation.text import Refused


def solve(problem: Bundle | Path) -> Result:
    """The result of a bundle or of the bundle in a folder; raises Refused, also where the draw is still to come."""
    bundle = read_bundle(problem) if isinstance(problem, Path) else problem
    if TICKET in bundle.header.order and bundle.draw is None:
        raise Refused(MANIFEST, 1, "draw is missing: the order has a ticket, so the public draw must be entered first")
    lists = preferences(bundle.tables)
    places = match(bundle, lists)
    placed = {place.applicant: Placement(*place[:4]) for place in places}
    return Result(
        round=bundle.header.round,
        manifest=bundle.manifest,
        keys=bundle.header.keys,
        seats=sum(capacity for _, capacity in bundle.tables.programmes),
        placements=tuple(placed.get(row.applicant, Placement(row.applicant)) for row in bundle.tables.applicants),
        cutoffs=cutoffs(bundle, places),
        deficit=deficit(bundle, lists, {name: row.programme for name, row in placed.items()}),
    )


def write_result(result: Result, folder: Path) -> bytes:
    """Write a result's files into a folder, removing stale ones of their names; returns result.json's bytes."""
    files = render_result(result)
    # The old result.json goes first, the new one comes last: it never stands beside files that are not its own.
    write_files(folder, files, stale=reversed(OUTPUTS))
    return files[RESULT]
