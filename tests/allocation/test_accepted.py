"""The edges that the format allows: each stands just inside a refusal."""

import json

import pytest

from app.allocation.bundle import parse_bundle
from app.allocation.manifest import Draw
from app.allocation.result import render_result
from app.allocation.solver import solve
from tests.allocation.drafts import GOOD_TABLES, MANIFEST, Draft, draft

HEADERS = {
    "programmes.csv": "programme,capacity\n",
    "reserves.csv": "programme,precedence,group,seats\n",
    "applicants.csv": "applicant,lottery_unit,groups,fallback\n",
    "choices.csv": "applicant,rank,programme\n",
    "fallbacks.csv": "fallback,rank,programme\n",
}
ONE = HEADERS | {"programmes.csv": "programme,capacity\nA,1\n"}


def placements_of(made: Draft) -> dict[str, tuple[str, int | None, str]]:
    return {row.applicant: row[1:] for row in solve(parse_bundle(made.sealed())).placements}


def test_header_only_files_are_solved() -> None:
    files = render_result(solve(parse_bundle(draft(HEADERS, order=["ticket"]).sealed())))
    assert sorted(files) == ["cutoffs.csv", "placements.csv", "result.json"]
    assert files["placements.csv"] == b"applicant,programme,rank,seat\n"
    assert files["cutoffs.csv"] == b"programme,seat,filled,ticket\n"
    assert json.loads(files["result.json"]) | {"applicants": 0, "placed": 0, "seats": 0, "unplaced": 0} == json.loads(
        files["result.json"]
    )


def test_an_applicant_without_any_list_is_unplaced() -> None:
    made = draft(ONE | {"applicants.csv": "applicant,lottery_unit,groups,fallback\nx,,,\n"}, order=["ticket"])
    assert placements_of(made) == {"x": ("", None, "")}


def test_a_programme_without_seats_takes_nobody_and_has_no_cutoff() -> None:
    tables = {
        "programmes.csv": "programme,capacity\nA,0\n",
        "reserves.csv": "programme,precedence,group,seats\nA,1,m,0\n",
        "applicants.csv": "applicant,lottery_unit,groups,fallback\nx,,m,\n",
        "choices.csv": "applicant,rank,programme\nx,1,A\n",
    }
    files = render_result(solve(parse_bundle(draft(HEADERS | tables, order=["ticket"]).sealed())))
    assert files["placements.csv"] == b"applicant,programme,rank,seat\nx,,,\n"
    assert files["cutoffs.csv"] == b"programme,seat,filled,ticket\nA,open,0,\nA,reserve:m,0,\n"


def test_rank_is_the_position_in_the_whole_list_whatever_the_gaps() -> None:
    tables = {
        "programmes.csv": "programme,capacity\nA,0\nB,0\nC,0\nD,1\n",
        "applicants.csv": "applicant,lottery_unit,groups,fallback\nx,,,F\n",
        "choices.csv": "applicant,rank,programme\nx,1000000,A\nx,7,B\n",
        "fallbacks.csv": "fallback,rank,programme\nF,900,D\nF,5,C\nF,1,A\n",
    }
    assert placements_of(draft(HEADERS | tables, order=["ticket"])) == {"x": ("D", 4, "open")}


def test_own_keys_count_at_a_programme_that_stands_in_the_fallback_too() -> None:
    tables = {
        "programmes.csv": "programme,capacity\nA,1\n",
        "applicants.csv": "applicant,lottery_unit,groups,fallback,level\nx,,,F,9\ny,,,F,2\n",
        "choices.csv": "applicant,rank,programme,level\nx,1,A,1\n",
        "fallbacks.csv": "fallback,rank,programme\nF,1,A\n",
    }
    made = draft(HEADERS | tables, order=["level<"], without=("draw_name",))
    assert placements_of(made) == {"x": ("A", 1, "open"), "y": ("", None, "")}


def test_the_applicant_as_bytes_is_the_last_resort() -> None:
    names = ["-", ".", "0", ":", "A", "Z", "_", "a", "aa", "z"]
    assert names == sorted(names, key=str.encode)
    tables = {
        "programmes.csv": "programme,capacity\nA,5\n",
        "applicants.csv": "applicant,lottery_unit,groups,fallback,level\n"
        + "".join(f"{name},,,F,0\n" for name in reversed(names)),
        "choices.csv": "applicant,rank,programme,level\n",
        "fallbacks.csv": "fallback,rank,programme\nF,1,A\n",
    }
    result = solve(parse_bundle(draft(HEADERS | tables, order=["level>"], without=("draw_name",)).sealed()))
    assert [row.applicant for row in result.placements if row.programme] == names[:5]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("programmes.csv", "A,2", "A,1000000"),
        ("choices.csv", "x,1,A,1,10", "x,1000000,A,1000000000000,-1000000000000"),
        ("applicants.csv", "x,,,F,1,10", f"x,{'u' * 64},,F,0,-1000000000000"),
        ("applicants.csv", "z,twins,,,,", "z,twins,A;Z;_;a,,,"),
        ("reserves.csv", "A,1,migrant,1", "A,1000000,migrant,0"),
    ],
)
def test_the_ends_of_every_range_are_accepted(file: str, old: str, new: str) -> None:
    assert old in GOOD_TABLES[file]
    assert len(solve(parse_bundle(draft({file: GOOD_TABLES[file].replace(old, new)}).sealed())).placements) == 3


@pytest.mark.parametrize("value", ["0", "10-0-9", "1" * 200, "1-" * 99 + "10"])
def test_a_draw_of_up_to_200_characters_is_accepted(value: str) -> None:
    made = draft()
    made.value = value
    assert solve(parse_bundle(made.sealed())).round == "fictitious-2026"


@pytest.mark.parametrize(
    "order",
    [
        ["level<", "points>"],
        ["ticket", "level<", "points>"],
        ["level>", "ticket", "points<"],
    ],
)
def test_a_ticket_stands_anywhere_in_the_order_or_nowhere(order: list[str]) -> None:
    made = draft(order=order, without=() if "ticket" in order else ("draw_name",))
    result = solve(parse_bundle(made.sealed()))
    assert {len(row.ticket) for row in result.cutoffs if row.keys} == ({64} if "ticket" in order else {0})
    assert result.keys == ("level", "points")


def test_eight_entries_and_long_names_are_accepted() -> None:
    order = [f"{letter * 64}<" for letter in "abcdefg"] + ["ticket"]
    names = "".join(f",{entry[:-1]}" for entry in order[:-1])
    tables = {name: HEADERS[name].replace("\n", f"{names}\n") for name in ("applicants.csv", "choices.csv")}
    assert solve(parse_bundle(draft(HEADERS | tables, order=order).sealed())).placements == ()


def test_the_manifest_may_be_laid_out_in_any_way_and_its_hash_tells_which() -> None:
    files = draft(families="0" * 64).sealed()
    compact = files | {MANIFEST: json.dumps(json.loads(files[MANIFEST])).encode()}
    one, two = solve(parse_bundle(files)), solve(parse_bundle(compact))
    assert one.placements == two.placements
    assert one.manifest != two.manifest


def test_a_later_pass_carries_a_draw_whose_root_is_not_its_own() -> None:
    draw = {"root": "2" * 64, "value": "4-0-7"}
    bundle = parse_bundle(draft(parent="1" * 64, draw=draw).sealed())
    assert bundle.draw == Draw(**draw)
    assert bundle.root != draw["root"]
    assert len(solve(bundle).placements) == 3
