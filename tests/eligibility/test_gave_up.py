"""Whoever gave up a place drawn at a private school comes after all others, at its right and elsewhere."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.attainable import attainable
from app.eligibility.decide import decide
from app.eligibility.exact_json import BadField
from app.eligibility.facts import Entry, Facts
from app.eligibility.key_words import KeyWords
from app.eligibility.ruleset import RULESETS, load, parse
from app.eligibility.words import words
from tests.eligibility.cases import base
from tests.eligibility.strategies import children

NAMES = {"primary-2026": 13, "junior-2026": 13, "primary-2026-by-residence": 12}
RULES = {name: load(RULESETS / f"{name}.toml") for name in NAMES}
DAY = date(2026, 6, 20)
some = settings(max_examples=60, deadline=None)
rules = st.sampled_from(sorted(NAMES))


def after(facts: Facts, gave_up: bool | None) -> Facts:
    return replace(facts, entry=Entry(gave_up))


@some
@given(children(), rules)
def test_it_changes_the_order_and_never_who_is_eligible(facts: Facts, name: str) -> None:
    kept, left = (decide(after(facts, gave_up), RULES[name], DAY) for gave_up in (False, True))
    assert (left.outcome, left.kind, left.route, left.missing, left.reasons) == (
        kept.outcome, kept.kind, kept.route, kept.missing, kept.reasons
    )  # fmt: skip
    assert bool(left.keys_right) == bool(kept.keys_right)
    if left.outcome == "eligible":
        assert left.keys_elsewhere["level"] == NAMES[name]
        assert left.keys_right.get("level", NAMES[name]) == NAMES[name]


@some
@given(children(), children(), rules)
def test_everybody_who_gave_nothing_up_stands_before(one: Facts, other: Facts, name: str) -> None:
    kept, left = decide(after(one, False), RULES[name], DAY), decide(after(other, True), RULES[name], DAY)
    held = [keys["level"] for keys in (kept.keys_right, kept.keys_elsewhere) if keys]
    last = [keys["level"] for keys in (left.keys_right, left.keys_elsewhere) if keys]
    assert all(before < then for before, then in product(held, last))


@some
@given(children(), rules)
def test_what_nobody_has_looked_up_ranks_nobody_last(facts: Facts, name: str) -> None:
    asked, unasked = (decide(after(facts, gave_up), RULES[name], DAY) for gave_up in (False, None))
    assert replace(asked, facts_digest="") == replace(unasked, facts_digest="")


def test_the_family_reads_why_and_is_told_of_no_better_level() -> None:
    left = decide(after(base("local"), True), RULES["primary-2026"], DAY)
    assert left.level == 1 and [line.name for line in left.trace if line.subject == "gave_up"] == ["13"]
    assert "最后：民办学校录取后放弃" in words(left, "zh")
    assert "Last: gave up a place drawn at a private school" in words(left, "en")
    assert KeyWords(RULES["primary-2026"], "zh").value("level", 13) == "最后：民办学校录取后放弃"
    assert attainable(RULES["primary-2026"], "level", 3, True, left.keys_right, left.groups) is None
    kept = decide(base("local"), RULES["primary-2026"], DAY)
    assert attainable(RULES["primary-2026"], "level", 3, True, kept.keys_right, kept.groups) == 2


def test_a_level_that_is_not_after_all_others_is_refused() -> None:
    text = (RULESETS / "primary-2026.toml").read_text(encoding="utf-8").replace("level = 13", "level = 12")
    with pytest.raises(BadField, match=r"gave_up\.level: not after all others"):
        parse(text)


def test_at_private_schools_a_family_reads_that_all_stand_alike() -> None:
    private = load(RULESETS / "private-primary-2026.toml")
    made = [decide(base(name), private, DAY) for name in ("local", "migrant")]
    assert made[0].keys_elsewhere == made[1].keys_elsewhere == {"level": 1} and made[0].keys_right == {}
    assert words(made[0], "zh")[1] == words(made[1], "zh")[1] == "所有报名者同等；报名超过学位的学校由公开摇号决定。"
    assert KeyWords(private, "en").value("level", 1) == "all who register stand alike"
