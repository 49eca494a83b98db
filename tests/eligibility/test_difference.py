"""Last year's children under this year's rules: who changes, and which rules and clauses make it."""

from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from app.eligibility.decide import decide
from app.eligibility.difference import Change, Difference, difference, replayed, told
from app.eligibility.facts import Facts
from app.eligibility.ruleset import RULESETS, Ruleset, load, parse
from tests.eligibility.cases import base, read_cases
from tests.eligibility.strategies import children

TEXT = (RULESETS / "primary-2026.toml").read_text("utf-8")
OLD = parse(TEXT)
DAY = date(2026, 6, 20)
LATER = TEXT.replace('"primary-2026"', '"primary-2027"').replace("year = 2026", "year = 2027", 1)
LATER = LATER.replace("cut_off = 2026-05-31", "cut_off = 2027-05-31")


def later(*replaced: tuple[str, str]) -> Ruleset:
    text = LATER
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new, 1)
    return parse(text)


STRICTER = later(('"51/100"', '"1/2"'), ("each = 10\n", "each = 11\n"), ("{ months = 6 }", "{ months = 24 }"))


def found(name: str, new: Ruleset, **changes: Any) -> Difference:
    difference = replayed(base(name, **changes), OLD, new, DAY)
    assert difference is not None
    return difference


def whys(difference: Difference) -> list[tuple[str, str, str, str]]:
    return [(why.subject, why.name, why.before, why.after) for why in difference.why]


def test_the_same_rules_a_year_later_change_nobody() -> None:
    same = later()
    for case in read_cases("primary-2026"):
        assert replayed(case.facts, OLD, same, case.as_of) is None, case.name


def test_a_threshold_that_moves_changes_those_about_it_and_names_its_rule_and_clause() -> None:
    half = later(('"51/100"', '"1/2"'))
    changed = {c.name for c in read_cases("primary-2026") if replayed(c.facts, OLD, half, c.as_of)}
    assert "level 3: co-owned at half" in changed and "level 2: co-owned at 51%" not in changed
    seen = found("local", half, home__share="1/2")
    assert seen.changes == (Change("level", "3", "2"), Change("right level", "3", "2"))
    assert whys(seen) == [
        ("level", "2", "not_met", "met"),
        ("rule", "flat.major", "not_met", "met"),
        ("key", "level", "3/11", "2/11"),
    ]
    assert seen.why[1].cite.clause == "录取顺序第2、3层次"
    assert seen.why[1].en == half.rules["flat.major"].text.en.met


def test_who_is_no_longer_eligible_is_told_by_the_route_and_the_rule_that_refuse() -> None:
    year = later(("{ months = 6 }", "{ months = 70 }"))
    seen = found("migrant", year)
    assert [asdict(change) for change in seen.changes[:3]] == [
        {"what": "outcome", "before": "eligible", "after": "not_eligible"},
        {"what": "route", "before": "migrant", "after": ""},
        {"what": "level", "before": "8", "after": ""},
    ]
    assert seen.changes[3] == Change("groups", "migrant", "")
    assert whys(seen) == [
        ("route", "migrant", "met", "not_met"),
        ("rule", "permit.registered", "met", "not_met"),
    ]
    back = difference(decide(base("migrant"), year, DAY), decide(base("migrant"), OLD, DAY), year, OLD)
    assert back is not None and ("rule", "permit.registered", "not_met", "met") in whys(back)


def test_a_level_that_asks_more_is_told_by_itself_where_no_rule_changed() -> None:
    needs = '"reg.with_parents", "home.catchment", "flat.whole"'
    seen = found("local", later((needs, needs + ', "sibling.school"')))
    assert seen.changes == (Change("level", "1", "2"), Change("right level", "1", "2"))
    assert whys(seen) == [("level", "1", "met", "unknown"), ("key", "level", "1/11", "2/11")]


def test_a_rule_that_is_new_or_gone_is_absent_on_the_other_side() -> None:
    by_residence = load(RULESETS / "primary-2026-by-residence.toml")
    seen = found("local", by_residence)
    assert ("rule", "flat.majority", "absent", "met") in whys(seen)
    assert ("rule", "flat.whole", "met", "absent") in whys(seen)
    assert ("key", "lived_since", "absent", "20190101/99991231") in whys(seen)
    assert ("key", "moved_in", "20200310/99991231", "absent") in whys(seen)
    assert Change("right lived_since", "", "20190101") in seen.changes
    assert Change("elsewhere moved_in", "99991231", "") in seen.changes


def test_points_that_change_are_told_line_by_line() -> None:
    seen = found("migrant", later(("each = 10\n", "each = 11\n")))
    assert seen.changes == (Change("right points", "118", "122"), Change("elsewhere points", "118", "122"))
    assert whys(seen) == [("key", "points", "118/118", "122/122"), ("points", "residence first", "40", "44")]
    assert seen.why[1].cite.clause == "第二十八条"


def test_the_level_elsewhere_is_told_by_the_route_that_gives_it() -> None:
    seen = found("migrant", later(("elsewhere_level = 12", "elsewhere_level = 11")))
    assert seen.changes == (Change("elsewhere level", "12", "11"),)
    assert whys(seen) == [("route", "migrant", "met", "met"), ("key", "level", "8/12", "8/11")]


def test_giving_up_a_private_place_where_one_ruleset_minds_it() -> None:
    without = later((TEXT[TEXT.index("[gave_up]") : TEXT.index("# ---- Keys inside")], ""))
    seen = found("local", without, entry={"gave_up": True})
    assert ("gave_up", "13", "met", "absent") in whys(seen)


def test_in_words_a_clause_or_the_word_assumption() -> None:
    seen = found(
        "migrant",
        later(("{ months = 6 }\ncite = { assumption", "{ months = 60 }\ncite = { assumption")),
        first_parent__work={"kind": "none"},
        home__basis="other",
    )
    lines = list(told(seen, "en"))
    assert lines[0].startswith("outcome eligible → not_eligible; route migrant → –")
    assert "rule work.insurance: met → not_met (assumption) Social insurance paid for less than six months." in lines
    assert any("（2016） 第" in line or "浙江省义务教育条例 第十二条" in line for line in lines)
    assert any("(假定)" in line for line in told(seen, "zh"))


@settings(max_examples=60, deadline=None)
@given(children())
def test_there_is_a_difference_if_and_only_if_outcome_route_level_groups_or_keys_differ(facts: Facts) -> None:
    one, other = decide(facts, OLD, DAY), decide(facts, STRICTER.for_entry(2026), DAY)
    seen = replayed(facts, OLD, STRICTER, DAY)
    alike = all(
        getattr(one, name) == getattr(other, name)
        for name in ("outcome", "route", "level", "groups", "keys_right", "keys_elsewhere")
    )
    assert (seen is None) == alike
    assert seen is None or seen.why


@pytest.mark.parametrize("on", [date(2026, 10, 12), date(2027, 3, 2)])
def test_rolling_rules_are_compared_on_the_childs_own_day(on: date) -> None:
    within = load(RULESETS / "primary-within-2026.toml")
    assert replayed(base("migrant"), within, within, on) is None
