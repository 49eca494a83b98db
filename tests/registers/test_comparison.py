"""An answer against what the family says, field by field."""

from datetime import date
from typing import Any

import pytest

from app.applications.lifecycle import RegisterEvent
from app.applications.register_comparison import FlatUsed, compare
from app.gateways.answers import Catalogue

AS_OF = date(2026, 5, 31)
CONFIRM, CONTRADICT, MISS, NOTE = (
    RegisterEvent.CONFIRM,
    RegisterEvent.CONTRADICT,
    RegisterEvent.MISS,
    RegisterEvent.NOTE,
)
TITLE: dict[str, Any] = {
    "basis": "own_flat",
    "share": "1/1",
    "parents_own_none": None,
    "community": "c1",
    "obtained_on": "2019-05-20",
    "flat": "fictitious-1",
}
HOME = {
    "basis": "own_flat",
    "share": "1/1",
    "community": "c1",
    "lived_since": "2019-06-01",
    "uses": [],
    "proof": {"obtained_on": "2019-05-20", "valid_until": "9999-12-31"},
}
PERMIT: dict[str, Any] = {
    "held": True,
    "registered_since": "2021-01-01",
    "endorsements": ["2023-01-10", "2024-01-08"],
    "obtained_on": "2022-01-15",
    "valid_until": "2027-01-05",
    "suspended_on": None,
}
HELD = {
    "held": True,
    "registered_since": "2021-01-01",
    "endorsements": ["2024-01-08", "2023-01-10"],
    "proof": {"obtained_on": "2022-01-15", "valid_until": "2027-01-05"},
}


def of_title(record: dict[str, Any] | None = None, uses: list[FlatUsed] | None = None, **said: Any) -> Any:
    return compare(Catalogue.TITLES, {**HOME, **said}, {**TITLE, **(record or {})}, AS_OF, uses or [])


def fields(found: Any) -> list[str]:
    return [difference.field for difference in found.differences]


@pytest.mark.parametrize(
    ("declared", "held", "agrees"),
    [
        ("1/2", "50/100", True),
        ("51/100", "51/100", True),
        ("51/100", "5001/10000", False),
        ("1/2", "5001/10000", False),
        ("51/100", "1/2", False),
    ],
)
def test_a_share_is_an_exact_fraction(declared: str, held: str, agrees: bool) -> None:
    found = of_title({"share": held}, share=declared)
    assert (found.event is CONFIRM, fields(found)) == (agrees, [] if agrees else ["share"])


def test_what_the_register_does_not_know_is_neither_yes_nor_no() -> None:
    assert of_title({"share": None}).event is MISS and of_title({"share": None}).unknown == ("share",)
    assert of_title({"share": None, "basis": "grandparents"}).event is CONTRADICT
    assert compare(Catalogue.TITLES, HOME, None, AS_OF).event is MISS
    assert of_title({"share": "1/2"}, share=None).event is CONFIRM


def test_nobody_lives_in_their_own_flat_before_it_is_theirs() -> None:
    assert fields(of_title(lived_since="2019-05-20")) == []
    assert fields(of_title(lived_since="2019-05-19")) == ["lived_since"]
    assert fields(of_title({"basis": "grandparents"}, basis="grandparents", lived_since="2000-01-01")) == []


def test_a_place_had_by_means_of_the_flat_must_be_said() -> None:
    other, own = FlatUsed(2023, False), FlatUsed(2023, True)
    assert fields(of_title(uses=[other])) == ["uses"]
    assert of_title(uses=[other]).remarks == ("used_by_another_household",)
    assert (
        fields(
            compare(
                Catalogue.TITLES, {**HOME, "uses": [{"year": 2023, "same_household": False}]}, TITLE, AS_OF, [other]
            )
        )
        == []
    )
    assert fields(
        compare(Catalogue.TITLES, {**HOME, "uses": [{"year": 2023, "same_household": False}]}, TITLE, AS_OF, [own])
    ) == ["uses"]
    assert of_title(uses=[own]).remarks == ()


def test_endorsements_agree_in_any_order_and_a_suspension_is_remarked() -> None:
    assert compare(Catalogue.RESIDENCE_PERMITS, HELD, PERMIT, AS_OF).event is CONFIRM
    missed = {**PERMIT, "endorsements": ["2024-01-08"], "suspended_on": "2023-01-15"}
    found = compare(Catalogue.RESIDENCE_PERMITS, HELD, missed, AS_OF)
    assert (fields(found), found.remarks) == (["endorsements"], ("permit_suspended",))


@pytest.mark.parametrize(("day", "moved"), [("2026-05-31", False), ("2026-06-01", True)])
def test_a_move_after_the_cut_off_is_remarked_even_where_it_was_said(day: str, moved: bool) -> None:
    record = dict.fromkeys(("name", "born_on", "place", "community", "kind", "with_parents", "at_home"))
    found = compare(Catalogue.HOUSEHOLDS, {"registered_on": day}, {**record, "registered_on": day}, AS_OF)
    assert (found.event, found.remarks) == (CONFIRM, ("moved_after_cut_off",) if moved else ())


@pytest.mark.parametrize(("complete", "event"), [(True, CONFIRM), (False, NOTE), (None, MISS)])
def test_vaccinations_never_contradict(complete: bool | None, event: RegisterEvent) -> None:
    assert compare(Catalogue.VACCINATIONS, {}, {"complete": complete, "due": []}, AS_OF).event is event
