"""How an applicant stands, entry by entry, against the order that the format words."""

from itertools import product

import pytest
from hypothesis import given, settings

from app.allocation.bundle import Bundle
from app.allocation.manifest import Header
from app.allocation.ranking import Entry, Ranking
from app.allocation.tables import Applicant
from tests.allocation.instances import bundles
from tests.allocation.plain import applicant_of, list_of, priority_of, ticket_of

HEADER = Header("entries", ("a<", "ticket", "b>"), "per-applicant", "reserved-first", "fictitious")


def test_there_is_no_ticket_before_the_draw() -> None:
    assert Ranking(HEADER, None).ticket(Applicant("x", "", (), "", ()), "P") == ""


@pytest.mark.parametrize(("first", "second", "lot"), [*product((-1, 0, 1), repeat=3)])
def test_each_entry_tells_who_stands_before(first: int, second: int, lot: int) -> None:
    # 1 where the applicant stands before the last holder, -1 where after: smaller `a` and ticket, larger `b`.
    own, last = ((5 - first, 7 + second), f"{5 - lot}f"), ((5, 7), "5f")
    assert list(Ranking(HEADER, None).entries(own, last)) == [
        (Entry("a", 5 - first, 5), first),
        (Entry("ticket", f"{5 - lot}f", "5f"), lot),
        (Entry("b", 7 + second, 7), second),
    ]


@settings(max_examples=60, deadline=None)
@given(bundles(applicants=6))
def test_ranks_sort_and_tickets_read_as_the_format_says(bundle: Bundle) -> None:
    ranking = Ranking(bundle.header, bundle.draw)
    for programme, _ in bundle.tables.programmes:
        lists = {row.applicant: list_of(bundle, row.applicant) for row in bundle.tables.applicants}
        ranks = {
            name: ranking.rank(applicant_of(bundle, name), programme, listed[programme])
            for name, listed in lists.items()
            if programme in listed
        }
        assert sorted(ranks, key=ranks.__getitem__) == sorted(ranks, key=lambda n: priority_of(bundle, n, programme))
        for name, rank in ranks.items():
            said = ranking.ticket(applicant_of(bundle, name), programme)
            assert said == (ticket_of(bundle, name, programme).hex() if bundle.draw else "")
            assert rank[-1] == name and len(rank) == len(bundle.header.order) + 1
