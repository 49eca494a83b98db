"""What cases cannot say: traces, gates, words, digests, and that a second ruleset is data alone."""

import hashlib
import json
import time
from datetime import date
from pathlib import Path

import pytest

from app.eligibility.decide import decide
from app.eligibility.decision import Decision
from app.eligibility.exact_json import BadField, canonical
from app.eligibility.facts import Facts
from app.eligibility.ruleset import RULESETS, Ruleset, load, parse
from app.eligibility.words import words
from tests.eligibility.cases import base

TEXT = (RULESETS / "primary-2026.toml").read_text("utf-8")
RULES = parse(TEXT)
DAY = date(2026, 6, 20)
GATE = """
[points.gate]
least = 118
cite = { source = "虚构文件", clause = "第一条", standing = "law" }
zh = { met = "达到分数线。", not_met = "未达到分数线。", unknown = "积分尚未核定。" }
en = { met = "At the gate.", not_met = "Below the gate.", unknown = "Points not settled." }
"""


def gated() -> Ruleset:
    return parse(TEXT.replace('kinds = ["migrant", "policy"]\n', 'kinds = ["migrant", "policy"]\n' + GATE))


def test_a_decision_binds_facts_ruleset_and_date() -> None:
    facts = base("migrant")
    made = decide(facts, RULES, DAY)
    assert made.facts_digest == hashlib.sha256(canonical(facts.to_json()).encode()).hexdigest()
    assert made.ruleset_digest == RULES.digest and made.as_of == DAY
    assert made.digest != decide(facts, RULES, date(2026, 6, 21)).digest
    assert made.digest != decide(base("migrant", first_parent__insurance__months=49), RULES, DAY).digest
    assert made.digest == hashlib.sha256(canonical(made.to_json()).encode()).hexdigest()


def test_every_line_of_the_trace_names_its_clause_its_value_and_its_words_in_both_languages() -> None:
    made = decide(base("migrant"), RULES, DAY)
    line = next(line for line in made.trace if line.name == "permit.in_force")
    assert (line.cite.source, line.cite.clause) == ("浙江省流动人口居住登记条例（2016）", "第十九条")
    assert (line.cite.standing, line.value) == ("law", "met")
    assert line.zh == RULES.rules["permit.in_force"].text.zh.met
    assert line.en == RULES.rules["permit.in_force"].text.en.met
    neighbours = {line.name for line in made.trace if line.subject == "level" and line.cite.standing == "neighbour"}
    assert neighbours == {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}


def test_alternatives_that_are_missing_share_one_step() -> None:
    facts = base("migrant", first_parent__work={}, first_parent__insurance={}, home__basis="other")
    made = decide(facts, RULES, DAY)
    assert {(gap.of, gap.step, gap.rule) for gap in made.missing} == {
        ("route migrant", 3, "work.proof"),
        ("route migrant", 3, "work.insurance"),
    }


def test_what_could_raise_a_level_is_told_once_and_only_for_better_levels() -> None:
    best = decide(base("local", policy={}, registration__kind="family"), RULES, DAY)
    assert (best.level, best.improvable) == (1, ())
    third = decide(base("local", home__share=None, home__proof={}, policy={}), RULES, DAY)
    assert third.level == 3
    assert [(gap.code, gap.rule, gap.of) for gap in third.improvable] == [
        ("home.share", "flat.whole", "level 1"),
        ("home.proof.obtained_on", "flat.title", "level 1"),
        ("home.proof.verified", "flat.title", "level 1"),
        ("home.share", "flat.major", "level 2"),
    ]


def test_a_gate_below_above_and_not_settled() -> None:
    at, below = base("migrant"), base("migrant", first_parent__insurance__months=47)
    assert decide(at, gated(), DAY).outcome == "eligible"
    refused = decide(below, gated(), DAY)
    assert (refused.outcome, [gap.code for gap in refused.reasons]) == ("not_eligible", ["points"])
    open_ = decide(base("migrant", first_parent__insurance={}), gated(), DAY)
    assert (open_.outcome, [gap.code for gap in open_.missing]) == ("undetermined", ["points.insurance"])
    assert decide(below, gated(), date(2026, 5, 30)).outcome == "undetermined"
    assert [line.value for line in refused.trace if line.subject == "points"] == ["not_met"]


def test_a_gate_that_refuses_or_is_open_is_told_as_such_and_not_beside_another_reason() -> None:
    below = decide(base("migrant", first_parent__insurance__months=47), gated(), DAY)
    [gap] = below.reasons
    assert (gap.code, gap.rule, gap.of, gap.step, gap.zh, gap.en) == (
        *("points", "gate", "points", 1, "未达到分数线。", "Below the gate."),
    )
    [line] = [line for line in below.trace if line.subject == "points"]
    assert (line.name, line.value, line.about, line.note) == ("gate", "not_met", ("points",), False)
    assert (line.zh, line.en, line.cite.clause) == ("未达到分数线。", "Below the gate.", "第一条")
    young = decide(base("migrant", first_parent__insurance={}, born_on="2020-09-01"), gated(), DAY)
    assert [gap.of for gap in young.reasons] == ["child"]


def test_a_child_of_whom_nothing_is_known_is_of_no_kind_and_one_of_unknown_policy_is_a_migrant() -> None:
    assert decide(Facts(), RULES, DAY).kind is None
    unmet = {"first_parent__permit__held": False}
    kinds = [
        decide(base("migrant", policy=policy, **unmet), RULES, DAY).kind
        for policy in ({}, {"kind": "none"}, {"kind": "martyr"})
    ]
    assert kinds == ["migrant", "migrant", "policy"]
    assert decide(base("local", registration__verified=False), RULES, DAY).kind == "local"


def test_groups_stand_in_the_order_of_their_names_whatever_that_of_the_routes() -> None:
    text = TEXT
    for old, new in (("local", "z"), ("policy", "y"), ("migrant", "x"), ("migrant", "w")):
        text = text.replace(f'group = "{old}"', f'group = "{new}"', 1)
    status = {"obtained_on": "2024-01-01", "valid_until": "2030-01-01", "verified": True}
    facts = base(
        "migrant",
        registration__place="county",
        registration__verified=True,
        policy={"kind": "martyr", "proof": status},
        number_kind="macao",
        document={"kind": "residence_permit", "proof": status},
    )
    assert decide(facts, parse(text), DAY).groups == ("w", "x", "y", "z")


def test_whoever_gave_a_place_up_and_has_no_right_here_has_no_keys_of_right() -> None:
    nowhere = {"registration__in_catchment": False, "home__in_catchment": False}
    made = decide(base("local", entry={"gave_up": True}, **nowhere), RULES, DAY)
    assert (made.level, made.keys_right, made.keys_elsewhere["level"]) == (None, {}, 13)


def test_a_gate_is_no_affair_of_local_children_and_off_unless_a_ruleset_has_one() -> None:
    assert decide(base("local"), gated(), DAY).outcome == "eligible"
    assert decide(base("migrant", first_parent__insurance__months=47), RULES, DAY).outcome == "eligible"
    for path in RULESETS.glob("*.toml"):
        points = load(path).points
        assert points is None or points.gate is None


def test_a_threshold_is_data_a_county_that_asks_for_half_changes_one_word() -> None:
    half = parse(TEXT.replace('parameters = { share = "51/100" }', 'parameters = { share = "1/2" }'))
    facts = base("local", home__share="1/2")
    assert (decide(facts, RULES, DAY).level, decide(facts, half, DAY).level) == (3, 2)


def test_the_digest_of_a_ruleset_is_that_of_its_file(tmp_path: Path) -> None:
    for path in sorted(RULESETS.glob("*.toml")):
        assert load(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()
        assert load(path).id == path.stem
    assert parse(TEXT + "# one more remark\n").digest != RULES.digest


def test_a_ruleset_is_in_force_from_its_first_to_its_last_day() -> None:
    assert [RULES.in_force(day) for day in (date(2025, 12, 31), date(2026, 1, 1))] == [False, True]
    assert [RULES.in_force(day) for day in (date(2027, 6, 30), date(2027, 7, 1))] == [True, False]


def test_the_words_for_a_family_say_the_outcome_and_what_to_do() -> None:
    open_ = decide(base("migrant", first_parent__permit__proof={}), RULES, DAY)
    assert words(open_, "en") == (
        "Not yet decided; the following is still missing or unchecked:",
        RULES.rules["permit.in_force"].text.en.unknown,
    )
    assert words(decide(base("local"), RULES, DAY), "zh") == ("符合入学条件。", RULES.levels[0].text.zh)
    refused = words(decide(base("migrant", born_on="2020-09-01"), RULES, DAY), "en")
    assert refused[1:] == ("Not yet six by 31 August; apply next year.",)


def test_the_words_tell_what_could_raise_a_level_and_a_note_that_changes_nothing() -> None:
    told = words(decide(base("local", born_on="2019-08-31", home__share=None), RULES, DAY), "en")
    assert told[1] == RULES.levels[2].text.en
    assert "Could raise the level once known: The share in the flat is unknown." in told
    assert told[-1] == RULES.rules["age.deferred"].text.en.not_met


def test_the_words_for_a_child_without_a_right_here_promise_a_place_by_coordination() -> None:
    facts = base("local", registration__in_catchment=False, home__in_catchment=False)
    assert "coordination" in words(decide(facts, RULES, DAY), "en")[1]


def test_a_stored_decision_that_was_touched_is_refused_by_field() -> None:
    stored = json.loads(canonical(decide(base("local"), RULES, DAY).to_json()))
    with pytest.raises(BadField, match="outcome"):
        Decision.from_json({**stored, "outcome": "maybe"})
    with pytest.raises(BadField, match="decision/1"):
        Decision.from_json({**stored, "format": "decision/0"})
    with pytest.raises(BadField, match="as_of: missing"):
        Decision.from_json({name: held for name, held in stored.items() if name != "as_of"})


def test_a_thousand_stored_children_are_decided_at_the_pace_of_a_hundred_thousand_a_minute() -> None:
    stored = [canonical(base(name).to_json()) for name in ("local", "migrant")] * 500
    started = time.process_time()
    for text in stored:
        decide(Facts.from_json(json.loads(text)), RULES, DAY)
    assert time.process_time() - started < 60 / 100
