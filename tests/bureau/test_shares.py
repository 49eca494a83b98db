"""The shares of children in inclusive and in graded kindergartens: reckoned by hand, and read over HTTP."""

import csv
import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.bureau.provision import Rate
from app.bureau.shares import Kindergarten, report, shares
from app.schools.models import KindergartenEnrolment
from tests.conftest import Api
from tests.offers.preschool import Preschool
from tests.rounds.life import Life

ON = date(2026, 9, 1)


def kindergarten(school: str = "k1", children: int = 0, **changes: Any) -> Kindergarten:
    row = Kindergarten(school, f"虚构幼儿园{school}", "t1", "虚构镇", "public", True, 1, None, {"three": children})
    return replace(row, **changes)


def test_the_shares_of_a_county_by_hand() -> None:
    rows = [
        kindergarten("a", 120),
        kindergarten("b", 60, ownership="private", level=3, recheck_on=date(2026, 9, 1)),
        kindergarten("c", 20, ownership="private", inclusive=False, level=None),
        kindergarten("d", 40, level=2, recheck_on=date(2026, 8, 31)),  # lapsed: not graded
        kindergarten("e", 10, inclusive=None, level=None),  # public is inclusive, whatever is written
    ]
    held = shares(rows, ON)
    assert (held.inclusive, held.inclusive.percent) == (Rate(230, 250), "92.00")
    assert (held.graded, held.graded.percent) == (Rate(180, 250), "72.00")


def test_a_private_kindergarten_of_unknown_standing_is_not_inclusive() -> None:
    assert shares([kindergarten(children=5, ownership="private", inclusive=None)], ON).inclusive == Rate(0, 5)


def test_there_is_no_rate_where_nobody_is_in_kindergarten() -> None:
    for rows in ([], [kindergarten(children=0)]):
        held = shares(rows, ON)
        assert (held.inclusive, held.inclusive.percent, held.graded.percent) == (Rate(0, 0), None, None)


def test_a_count_stands_for_its_class_and_places_for_classes_without_one() -> None:
    row = kindergarten(children=48, placed={"three": 45, "four": 3, "mixed": 2})
    assert (row.by_count, row.by_place, row.children) == (48, 5, 53)
    assert kindergarten(counted={"three": 0}, placed={"three": 9}).children == 0


def test_towns_add_up_to_the_county_and_two_of_one_name_are_not_one() -> None:
    rows = [kindergarten("a", 3), kindergarten("b", 4, town="t2", ownership="private", inclusive=False)]
    whole = report(rows, 2026, ON)
    assert {name: held.inclusive for name, held in whole.by_town.items()} == {
        "虚构镇（t1）": Rate(3, 3),
        "虚构镇（t2）": Rate(0, 4),
    }
    assert whole.county.inclusive == Rate(3, 7)


@pytest.fixture
async def preschool(life: Life) -> Preschool:
    return Preschool(**vars(life))


async def count(preschool: Preschool, school: str, age_class: str, children: int, year: int = 2026) -> None:
    async with preschool.database.transaction(preschool.staff("registrar")) as session:
        counted: dict[str, Any] = {
            "school": school,
            "year": year,
            "age_class": age_class,
            "children": children,
            "fictitious": True,
        }
        session.add(KindergartenEnrolment(bureau=preschool.county.world.bureau, **counted))


async def read(api: Api, preschool: Preschool, who: str = "auditor", **query: str) -> Any:
    headers = await api.sign_in(preschool.county.world.bureau, who)
    answer = await api.client.get("/kindergartens/2026/shares", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_shares_of_a_round_and_of_kindergartens_outside_it(api: Api, preschool: Preschool) -> None:
    """Five children by the round (three in k1, two in i1); x1, private and outside it, has four by the register, and
    k1 has three in its senior class. k2's level lapses on 1 July."""
    await preschool.lead_to_offers()
    before = await read(api, preschool)
    assert before["county"]["inclusive"] == {"numerator": 5, "denominator": 5, "percent": "100.00"}
    for school, age_class, children in (("x1", "four", 4), ("k1", "five", 3), ("k2", "three", 8)):
        await count(preschool, school, age_class, children)
    await count(preschool, "x1", "four", 99, year=2025)
    told = await read(api, preschool)
    assert told["county"] == {
        "inclusive": {"numerator": 16, "denominator": 20, "percent": "80.00"},
        "graded": {"numerator": 8, "denominator": 20, "percent": "40.00"},
        "by_count": 15,
        "by_place": 5,
    }
    assert told["by_town"]["虚构镇t1"]["graded"] == {"numerator": 6, "denominator": 14, "percent": "42.85"}
    assert told["by_town"]["虚构镇t2"]["inclusive"] == {"numerator": 2, "denominator": 6, "percent": "33.33"}
    lapsed = {row["school"]: (row["level"], row["level_lapsed"]) for row in told["kindergartens"]}
    assert lapsed == {"i1": (2, False), "k1": (1, False), "k2": (3, True), "x1": (None, False)}
    earlier = await read(api, preschool, on="2026-06-30")
    assert earlier["county"]["graded"] == {"numerator": 16, "denominator": 20, "percent": "80.00"}


async def test_a_place_given_up_is_no_child_in_kindergarten(api: Api, preschool: Preschool) -> None:
    await preschool.lead_to_offers()
    gone = "UPDATE offer SET status = 'declined', lapsed = true WHERE bureau = :bureau AND school = 'i1'"
    await preschool.sql("casework", gone)
    assert (await read(api, preschool))["county"]["inclusive"]["denominator"] == 3


async def test_before_the_list_is_final_nobody_counts_by_place(api: Api, preschool: Preschool) -> None:
    await preschool.open()
    told = await read(api, preschool, "rules")
    assert told["county"]["inclusive"] == {"numerator": 0, "denominator": 0, "percent": None}
    assert [row["school"] for row in told["kindergartens"]] == ["i1", "k1", "k2", "x1"]


async def test_the_table_of_shares_as_csv(api: Api, preschool: Preschool) -> None:
    await preschool.settle()
    await count(preschool, "x1", "mixed", 3)
    await count(preschool, "i1", "mixed", 6)
    headers = await api.sign_in(preschool.county.world.bureau, "registrar")
    answer = await api.client.get("/kindergartens/2026/shares.csv", headers=headers)
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[1] == ["全县 county", "6", "9", "66.66", "6", "66.66", "9", "0"]
    assert [line[0] for line in lines[2:]] == ["虚构镇t1", "虚构镇t2"] and lines[2][3] == ""


async def test_provision_is_reported_of_preschool_as_of_any_round(api: Api, preschool: Preschool) -> None:
    await preschool.lead_to_offers()
    headers = await api.sign_in(preschool.county.world.bureau, "auditor")
    told = (await api.client.get(f"/rounds/{preschool.round}/provision", headers=headers)).json()
    everyone, migrants = told["everyone"], told["migrants"]
    assert (everyone["numerator"], everyone["denominator"], everyone["complete"]) == (5, 7, False)
    assert (migrants["numerator"], migrants["denominator"]) == (0, 2) and told["missing_seats"] == 0
