"""Standings at the edges of 64 bits, of ties and of draws, against the order that the format words."""

from array import array
from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.manifest import Header
from app.allocation.market import market_of
from app.allocation.priorities import integers, lots_of, merges, scale_of, tickets_at, tickets_of
from app.allocation.tables import Applicant, Programme, sorted_tables
from tests.allocation.instances import frozen
from tests.allocation.plain import priority_of

APPLICANTS = [Applicant(name, "", (), "", ()) for name in "wxyz"]
ORDERS = [("a<", "b>"), ("a>", "b<"), ("a<", "ticket", "b>"), ("ticket", "a<", "b<"), ("a>", "b>", "ticket")]
LARGEST = 1_000_000_000_000


def bundle_of(header: Header, keys: Mapping[str, tuple[int, ...]]) -> Bundle:
    choices = [Choice(name, 1, "P", some) for name, some in keys.items()]
    number = len(header.keys)
    return frozen(header, sorted_tables([Programme("P", 1)], [], APPLICANTS, choices, [], number))


def queue(bundle: Bundle) -> list[str]:
    """Who stands before whom at the only programme, by standing."""
    columns = market_of(bundle).columns
    tickets = tickets_at(bundle.header, bundle.tables, scale_of(bundle.header, bundle.tables), bundle.draw)
    rows = list(bundle.tables.choices)
    whose = {standing: row.applicant for standing, row in zip(columns.standing, rows, strict=True)}
    for standing, name in whose.items():
        assert 0 <= standing < columns.top
        assert bundle.tables.applicants[columns.applicant[standing & columns.mask]].applicant == name
    index = {row.applicant: at for at, row in enumerate(bundle.tables.applicants)}
    by = {name: standing + (tickets(index[name], 0) if tickets else 0) for standing, name in whose.items()}
    return sorted(by, key=by.__getitem__, reverse=True)


@pytest.mark.parametrize("ticket", ["per-applicant", "per-programme"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("span", [0, 1, 2**19, 2**20 - 1, 2**20, 2**21, 2**22, LARGEST])
def test_keys_of_any_span_rank_as_the_format_says(order: tuple[str, ...], ticket: str, span: int) -> None:
    header = Header("spans", order, ticket, "reserved-first", "fictitious" if "ticket" in order else None)
    keys = {"w": (span, -LARGEST), "x": (0, LARGEST), "y": (span, LARGEST), "z": (0, -LARGEST)}
    bundle = bundle_of(header, keys)
    assert queue(bundle) == sorted(keys, key=lambda name: priority_of(bundle, name, "P"))


@pytest.mark.parametrize(("bits", "kind"), [(40, array), (59, array), (60, list), (70, list)])
def test_standings_are_64_bit_integers_only_where_they_fit(bits: int, kind: type) -> None:
    # Four applicants take three bits; with two keys of 40 bits at most the others come from the spans.
    keys = {"w": (0, 0), "x": (2 ** (bits - 35) - 1, 2**35 - 1)}
    header = Header("bits", ("a>", "b>"), "per-applicant", "reserved-first")
    scale = scale_of(header, bundle_of(header, keys).tables)
    assert scale.top == 1 << bits + 3
    assert isinstance(integers(scale, [scale.top - 1]), kind)
    assert list(integers(scale, [scale.top - 1, 0])) == [scale.top - 1, 0]


def test_lots_are_one_for_each_and_without_tickets_of_applicants_need_no_draw() -> None:
    for header in (
        Header("lots", ("a<",), "per-applicant", "reserved-first"),
        Header("lots", ("a<", "ticket"), "per-programme", "reserved-first", "fictitious"),
    ):
        scale = scale_of(header, bundle_of(header, {"w": (1,), "x": (2,)}).tables)
        lots = lots_of(header, APPLICANTS, scale, None)
        assert (list(lots.lots), list(lots.applicant)) == ([3, 2, 1, 0], [3, 2, 1, 0])


@pytest.mark.parametrize("order", [("ticket",), ("ticket", "a<"), ("a<", "ticket")])
def test_each_lot_is_its_applicants_own(order: tuple[str, ...]) -> None:
    header = Header("lots", order, "per-applicant", "reserved-first", "fictitious")
    bundle = bundle_of(header, {"w": (1,) * len(order[1:]), "x": (1,) * len(order[1:])})
    scale = scale_of(header, bundle.tables)
    lots = lots_of(header, bundle.tables.applicants, scale, bundle.draw)
    mask = (1 << scale.tie_bits) - 1
    assert len(lots.lots) == len(lots.applicant) == 4
    assert [lots.applicant[lot & mask] for lot in lots.lots] == [0, 1, 2, 3]


def test_ticket_and_last_resort_are_one_only_where_the_applicants_ticket_comes_last() -> None:
    header = Header("merge", ("a<", "ticket"), "per-applicant", "reserved-first", "fictitious")
    assert merges(header)
    assert not merges(replace(header, ticket="per-programme"))
    assert not merges(replace(header, order=("ticket", "a<")))


def test_a_ticket_without_a_draw_is_an_error_and_no_ticket() -> None:
    header = Header("undrawn", ("ticket",), "per-programme", "reserved-first", "fictitious")
    bundle = replace(bundle_of(header, {"w": (), "x": ()}), draw=None)
    with pytest.raises(ValueError, match="not drawn"):
        tickets_of(header, APPLICANTS, None)
    with pytest.raises(ValueError, match="not drawn"):
        market_of(bundle)


def test_equal_in_everything_but_the_name_go_by_the_name() -> None:
    header = Header("names", ("a<",), "per-applicant", "reserved-first")
    assert queue(bundle_of(header, dict.fromkeys("zxwy", (0,)))) == ["w", "x", "y", "z"]
