"""Cut-offs against their sentence, read anew for every seat."""

from hypothesis import given, settings

from app.allocation.bundle import Bundle
from app.allocation.solver import solve
from tests.allocation.instances import bundles
from tests.allocation.plain import list_of, priority_of, ticket_of


@settings(max_examples=80, deadline=None)
@given(bundles(applicants=10))
def test_a_cutoff_is_the_last_holder_in_priority_order_or_empty(bundle: Bundle) -> None:
    result = solve(bundle)
    rows = iter(result.cutoffs)
    for programme, capacity in bundle.tables.programmes:
        held = [row for row in result.placements if row.programme == programme]
        reserves = sorted((r.precedence, r.group) for r in bundle.tables.reserves if r.programme == programme)
        for seat in ["open", *(f"reserve:{group}" for _, group in reserves)]:
            holders = sorted(
                (row.applicant for row in held if row.seat == seat),
                key=lambda name: priority_of(bundle, name, programme),
            )
            row = next(rows)
            assert row[:3] == (programme, seat, len(holders))
            if not holders or len(held) < capacity:
                assert (row.keys, row.ticket) == (None, "")
                continue
            assert row.keys == list_of(bundle, holders[-1])[programme]
            drawn = "ticket" in bundle.header.order
            assert row.ticket == (ticket_of(bundle, holders[-1], programme).hex() if drawn else "")
    assert next(rows, None) is None
