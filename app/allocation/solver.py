"""From a bundle to its result: lottery, priorities, deferred acceptance, cut-offs, certificate."""

from pathlib import Path

from app.allocation.bundle import Bundle, read_bundle, write_files
from app.allocation.cutoffs import cutoffs
from app.allocation.deferred_acceptance import Matching, match
from app.allocation.deficit import deficit
from app.allocation.manifest import MANIFEST, TICKET
from app.allocation.market import market_of, seat_names
from app.allocation.result import OUTPUTS, RESULT, Placement, Result, render_result
from app.allocation.text import Refused


def solve(problem: Bundle | Path) -> Result:
    """The result of a bundle or of the bundle in a folder; raises Refused, also where the draw is still to come."""
    bundle = read_bundle(problem) if isinstance(problem, Path) else problem
    if TICKET in bundle.header.order and bundle.draw is None:
        raise Refused(MANIFEST, 1, "draw is missing: the order has a ticket, so the public draw must be entered first")
    market = market_of(bundle)
    matching = match(market)
    placements = placements_of(bundle, matching)
    return Result(
        round=bundle.header.round,
        manifest=bundle.manifest,
        keys=bundle.header.keys,
        seats=sum(capacity for _, capacity in bundle.tables.programmes),
        placements=placements,
        cutoffs=cutoffs(bundle, market.columns, matching.held),
        deficit=deficit(bundle, [bool(row.programme) for row in placements]),
    )


def placements_of(bundle: Bundle, matching: Matching) -> tuple[Placement, ...]:
    """A row for each applicant, in their order."""
    programmes, seats = seat_names(bundle)
    return tuple(
        Placement(row.applicant) if seat < 0 else Placement(row.applicant, programmes[seat], rank, seats[seat])
        for row, seat, rank in zip(bundle.tables.applicants, matching.seat, matching.rank, strict=True)
    )


def write_result(result: Result, folder: Path) -> bytes:
    """Write a result's files into a folder, removing stale ones of their names; returns result.json's bytes."""
    files = render_result(result)
    # The old result.json goes first, the new one comes last: it never stands beside files that are not its own.
    write_files(folder, files, stale=reversed(OUTPUTS))
    return files[RESULT]
