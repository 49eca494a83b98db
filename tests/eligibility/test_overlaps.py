"""What may not overlap, what no rule may speak of, and a rule that changes with the year."""

from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, get_args, get_type_hints

import pytest

from app.eligibility.decide import decide
from app.eligibility.exact_json import BadField
from app.eligibility.facts import Facts
from app.eligibility.ruleset import RULESETS, Ruleset, parse
from app.eligibility.ruleset_overlaps import of_day, refuse_overlapping_validities
from app.eligibility.vocabulary import CONDITIONS
from tests.eligibility.cases import base

TEXT = (RULESETS / "primary-2026.toml").read_text("utf-8").replace("year = 2026", 'series = "primary"\nyear = 2026', 1)
NEXT = (
    TEXT.replace("2026-", "2027-").replace('"primary-2026"', '"primary-2027"').replace("year = 2026", "year = 2027")
).replace("valid_until = 2027-", "valid_until = 2028-")
NEXT = NEXT.replace("valid_from = 2027-01-01", "valid_from = 2027-07-01").replace('"51/100"', '"1/2"')
AGE = '[[rule]]\nid = "age.six"'
AGAIN = """[[rule]]
id = "age.again"
condition = "age_reached"
parameters = { years = 6, by = "08-31" }
cite = { assumption = "A." }
zh = { met = "a", not_met = "b", unknown = "c" }
en = { met = "a", not_met = "b", unknown = "c" }

"""


def refused(text: str) -> BadField:
    with pytest.raises(BadField) as error:
        parse(text)
    return error.value


def test_two_rules_that_ask_the_same_are_refused_and_another_threshold_is_another_question() -> None:
    text = TEXT.replace(AGE, AGAIN + AGE, 1).replace('needs = ["age.six"]', 'needs = ["age.six", "age.again"]')
    assert str(refused(text)).startswith("rule age.six: it asks what rule age.again asks; ")
    assert "age.again" in parse(text.replace("years = 6", "years = 5", 1)).rules


@pytest.mark.parametrize("group", ["", 'group = "other"\n'])
def test_two_items_that_count_the_same_are_refused_unless_one_group_lets_one_of_them_count(group: str) -> None:
    skill = 'id = "skill"\nmeasure = "skill"\n'
    assert skill in TEXT
    table = "table = { intermediate = 10, advanced = 30, technician = 50, senior_technician = 70 }\n"
    other = skill.replace('id = "skill"', 'id = "craft"') + 'pattern = "highest"\n' + table
    cited = 'cite = { assumption = "A." }\nzh = "a"\nen = "a"\n\n[[points.item]]\n'
    twice = TEXT.replace(skill, other + group + cited + skill)
    assert refused(twice).field == "points skill"
    assert parse(TEXT.replace(skill, other + 'group = "qualification"\n' + cited + skill)).points is not None


@pytest.mark.parametrize(
    ("old", "new", "place", "subject"),
    [
        ('met = "户籍在本县。"', 'met = "户籍在本县，免收借读费。"', "rule reg.county", "fees"),
        ('met = "Registered in this county."', 'met = "No fee is asked."', "rule reg.county", "fees"),
        ('unknown = "户籍尚未核验。"', 'unknown = "核验后编班。"', "rule reg.county", "classes"),
        ('not_met = "Not registered in this county."', 'not_met = "A separate class."', "rule reg.county", "classes"),
        ('zh = "本县户籍适龄儿童"', 'zh = "受资助儿童"', "route local", "aid"),
        ('en = "A new resident\'s child"', 'en = "A child with a voucher"', "route migrant", "aid"),
        ('en = "Level 4: policy groups"', 'en = "Level 4: tuition paid"', "level 4", "fees"),
        ('zh = "产权登记日期"', 'zh = "缴费日期"', "key titled", "fees"),
        ('"户籍与住房一致"', '"户籍与住房一致，可编班"', "key disagree", "classes"),
        ('en = "Honours: the highest alone"', 'en = "Scholarships"', "points honours", "aid"),
        ('id = "honours"', 'id = "aid"', "points aid", "aid"),
    ],
)
def test_a_rule_that_speaks_of_fees_classes_or_aid_is_refused(old: str, new: str, place: str, subject: str) -> None:
    assert old in TEXT
    error = refused(TEXT.replace(old, new, 1))
    assert (error.field, error.reason) == (place, f"it speaks of {subject}")


def test_a_law_that_forbids_a_fee_may_be_quoted() -> None:
    quoted = TEXT.replace('standing = "law", quote = "', 'standing = "law", quote = "不收学费、杂费。', 1)
    assert quoted != TEXT and parse(quoted).id == "primary-2026"


def test_no_fact_and_no_condition_knows_fees_classes_or_aid() -> None:
    names = {*CONDITIONS, *_paths(Facts)}
    assert {"registration_in_county", "endorsements", "basis"} <= names
    words = {"fee", "fees", "tuition", "class", "classes", "aid", "voucher", "subsidy", "scholarship"}
    assert [name for name in names if words & set(name.split("_"))] == []


def _paths(kind: Any) -> list[str]:
    found = []
    for field, hint in ((field, get_type_hints(kind)[field.name]) for field in fields(kind)):
        found.append(field.name)
        for inner in (hint, *get_args(hint)):
            found += _paths(inner) if is_dataclass(inner) else []
    return found


def test_a_rule_changes_with_the_year_and_each_child_is_judged_by_the_ruleset_of_its_day() -> None:
    series = [parse(NEXT), parse(TEXT)]
    facts = base("local", home__share="1/2")
    levels = {}
    for on in (date(2026, 1, 1), date(2027, 6, 30), date(2027, 7, 1)):
        held = of_day(series, "primary", on)
        levels[on] = (held.id, decide(facts, held.for_entry(2026), date(2026, 6, 20)).level)
    assert list(levels.values()) == [("primary-2026", 3), ("primary-2026", 3), ("primary-2027", 2)]


def test_no_ruleset_of_a_series_holds_before_its_first_or_after_its_last_day() -> None:
    for on in (date(2025, 12, 31), date(2028, 7, 1)):
        with pytest.raises(BadField, match="series: none of primary holds on"):
            of_day([parse(TEXT), parse(NEXT)], "primary", on)
    with pytest.raises(BadField, match="none of junior"):
        of_day([parse(TEXT)], "junior", date(2026, 5, 1))


@pytest.mark.parametrize(("first", "overlaps"), [("2027-07-01", False), ("2027-06-30", True)])
def test_two_rulesets_of_a_series_may_not_hold_on_one_day(first: str, overlaps: bool) -> None:
    later = parse(NEXT.replace("valid_from = 2027-07-01", f"valid_from = {first}"))
    pairs: list[list[Ruleset]] = [[parse(TEXT), later], [later, parse(TEXT)]]
    for pair in pairs:
        if overlaps:
            with pytest.raises(BadField, match="both hold from 2027-06-30 to 2027-06-30"):
                refuse_overlapping_validities(pair)
        else:
            refuse_overlapping_validities(pair)


def test_rulesets_of_no_series_or_of_different_ones_may_hold_together_but_an_id_stands_once() -> None:
    apart = parse(TEXT.replace('"primary-2026"', '"other"').replace('series = "primary"', 'series = "private"'))
    alone = [parse(TEXT.replace('series = "primary"\n', "").replace('"primary-2026"', name)) for name in ('"a"', '"b"')]
    refuse_overlapping_validities([parse(TEXT), apart, *alone])
    with pytest.raises(BadField, match="primary-2026 stands twice"):
        refuse_overlapping_validities([parse(TEXT), parse(TEXT)])
