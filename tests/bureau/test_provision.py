"""The reckoning of provision by the rules of the domain, section 5. Pure."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.bureau.provision import BANDS, NotKnown, Rate, Register, Standing, labels, reason_of, reckon, report
from app.offers.lifecycle import OfferStatus

PLACED = {"school": "s1", "school_name": "虚构小学", "band": "catchment", "distance_m": 500, "offer": "accepted"}
UNPLACED = ("void", "withdrawn", "superseded")  # never a standing offer: the view leaves them out


def standing(number: int = 1, **changes: Any) -> Standing:
    row = Standing(UUID(int=number), migrant=True, outcome="eligible", town="t1", town_name="虚构镇")
    return replace(row, **changes)


def offered(number: int = 1, **changes: Any) -> Standing:
    return standing(number, **{**PLACED, **changes})


def test_everybody_with_a_place_within_the_limit_is_100_percent_and_complete() -> None:
    held = reckon([offered(1), offered(2, band="within_limit"), offered(3, band="consortium")])
    assert (held.rate, held.rate.percent, held.complete) == (Rate(3, 3), "100.00", True)
    assert held.bands == {"catchment": 1, "consortium": 1, "within_limit": 1, "beyond_limit": 0}


@pytest.mark.parametrize("outcome", ["pending", "undetermined", "refusal_proposed"])
def test_an_undetermined_case_counts_as_missing_and_there_is_no_100_percent_meanwhile(outcome: str) -> None:
    held = reckon([offered(1), standing(2, outcome=outcome)])
    assert held.rate == Rate(1, 2) and held.undetermined == 1 and not held.complete
    assert held.rate.percent == "50.00"
    odd = reckon([offered(1), offered(2, outcome=outcome)])
    assert odd.rate == Rate(2, 2) and not odd.complete


def test_a_refused_child_is_outside_the_denominator_and_counted_apart() -> None:
    held = reckon([offered(1), standing(2, outcome="not_eligible")])
    assert (held.rate, held.not_eligible, held.complete, held.funnel.applied) == (Rate(1, 1), 1, True, 2)


def test_a_place_beyond_the_limit_is_no_place_but_is_shown_apart() -> None:
    held = reckon([offered(1), offered(2, band="beyond_limit", distance_m=16_000)])
    assert held.rate == Rate(1, 2) and held.beyond_limit == 1 and not held.complete
    assert held.funnel.offered == 2 and held.bands["beyond_limit"] == 1


def test_there_is_no_rate_on_an_empty_denominator() -> None:
    for nobody in ([], [standing(outcome="not_eligible")]):
        assert reckon(nobody).rate == Rate(0, 0) and reckon(nobody).rate.percent is None


@pytest.mark.parametrize(
    ("numerator", "denominator", "percent"),
    [
        (0, 7, "0.00"),
        (1, 3, "33.33"),
        (2, 3, "66.66"),
        (9_999, 10_000, "99.99"),
        (999_999, 1_000_000, "99.99"),
        (10**12 - 1, 10**12, "99.99"),
        (1, 1, "100.00"),
        (1, 20_000, "0.00"),
        (1, 10_000, "0.01"),
        (1, 16, "6.25"),
    ],
)
def test_a_percentage_is_never_rounded_up(numerator: int, denominator: int, percent: str) -> None:
    assert Rate(numerator, denominator).percent == percent


def test_a_declined_place_was_offered_and_not_accepted() -> None:
    held = reckon([offered(1, offer="declined")])
    assert held.rate == Rate(1, 1) and held.complete
    assert (held.funnel.offered, held.funnel.accepted, held.funnel.arrived) == (1, 0, 0)


@pytest.mark.parametrize("status", [one.value for one in OfferStatus if one.value not in UNPLACED])
def test_the_funnel_never_widens(status: str) -> None:
    funnel = reckon([offered(1, offer=status), standing(2), standing(3, outcome="not_eligible")]).funnel
    steps = [funnel.applied, funnel.eligible, funnel.offered, funnel.accepted, funnel.arrived]
    assert funnel.known is None and steps == sorted(steps, reverse=True) and steps[:3] == [3, 2, 1]
    not_yet = ("proposed", "open", "declined")
    assert funnel.accepted == (status not in not_yet) and funnel.arrived == (status in ("arrived", "left"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (offered(), None),
        (offered(offer="declined"), None),
        (standing(), "no_place"),
        (offered(band="beyond_limit"), "beyond_limit"),
        (standing(outcome="undetermined"), "undetermined"),
        (standing(outcome="pending"), "undetermined"),
        (standing(outcome="refusal_proposed"), "undetermined"),
        (standing(outcome="not_eligible"), None),
    ],
)
def test_each_child_behind_the_difference_has_its_reason(row: Standing, reason: str | None) -> None:
    assert reason_of(row) == reason


def test_the_children_behind_are_exactly_the_difference() -> None:
    rows = [
        offered(1),
        offered(2, band="beyond_limit"),
        standing(3),
        standing(4, outcome="undetermined", migrant=False),
        standing(5, outcome="not_eligible"),
        offered(6, offer="declined"),
    ]
    whole = report(rows, {}, 0)
    assert [(row.application.int, row.reason) for row in whole.missing] == [
        (2, "beyond_limit"),
        (3, "no_place"),
        (4, "undetermined"),
    ]
    for held, population in (
        (whole.everyone, whole.missing),
        (whole.migrants, [m for m in whole.missing if m.migrant]),
    ):
        assert held.rate.denominator - held.rate.numerator == len(population)


def test_migrants_are_counted_apart_and_within_all() -> None:
    whole = report([offered(1), standing(2, migrant=False), standing(3)], {}, 7)
    assert (whole.migrants.rate, whole.everyone.rate, whole.missing_seats) == (Rate(1, 2), Rate(1, 3), 7)


def test_towns_add_up_to_the_county() -> None:
    rows = [offered(1), standing(2, town="t2", town_name="虚构乡"), standing(3, town="t2", town_name="虚构乡")]
    towns = report(rows, {}, 0).by_town
    assert {name: held.rate for name, held in towns.items()} == {"虚构镇": Rate(1, 1), "虚构乡": Rate(0, 2)}


def test_two_towns_or_schools_of_one_name_are_not_one() -> None:
    rows = [offered(1, town="t1"), standing(2, town="t2")]
    whole = report(rows, {"s1": ("虚构小学", 3), "s2": ("虚构小学", 5)}, 0)
    assert {name: held.rate for name, held in whole.by_town.items()} == {
        "虚构镇（t1）": Rate(1, 1),
        "虚构镇（t2）": Rate(0, 1),
    }
    assert [row["seats"] for row in whole.by_school.values()] == [3, 5]
    assert [row["taken"] for row in whole.by_school.values()] == [1, 0]
    assert labels({"b": "乙", "a": "甲"}) == {"a": "甲", "b": "乙"}


def test_a_declined_seat_is_free_again_and_one_reported_elsewhere_is_not() -> None:
    rows = [offered(1), offered(2, offer="declined"), offered(3, offer="elsewhere"), standing(4)]
    assert report(rows, {"s1": ("虚构小学", 4)}, 0).by_school == {"虚构小学": {"seats": 4, "taken": 2, "free": 2}}


def test_every_band_of_an_offer_is_shown() -> None:
    held = reckon([offered(number, band=band) for number, band in enumerate(BANDS)])
    assert held.bands == dict.fromkeys(BANDS, 1) and sum(held.bands.values()) == held.funnel.offered


def test_leavers_nobody_has_heard_of_are_in_the_denominator_and_nowhere_complete() -> None:
    here, left, both = (UUID(int=number) for number in (1, 2, 3))
    register = Register.of([[here], [left], [here, both], []], [here])
    assert register == Register(beside=2, missing=1, not_known=None)
    whole = report([offered(1), offered(2, migrant=False)], {}, 0, register)
    assert (whole.everyone.rate, whole.everyone.funnel.known, whole.everyone.complete) == (Rate(2, 3), 4, False)
    assert (whole.migrants.rate, whole.migrants.funnel.known, whole.migrants.complete) == (Rate(1, 1), None, False)
    assert whole.by_town["虚构镇"].not_known is NotKnown.NOT_BY_POPULATION
    settled = report([offered(1)], {}, 0, Register.of([[UUID(int=1)]], [UUID(int=1)]))
    assert settled.everyone.complete and settled.migrants.complete and settled.everyone.funnel.known == 1


def test_an_empty_register_says_so() -> None:
    assert Register.of([], []).not_known is NotKnown.REGISTER_EMPTY
    assert reckon([offered(1)]).not_known is NotKnown.NO_REGISTER
