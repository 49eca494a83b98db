"""`python -m app.eligibility` on files alone: what it prints, what it refuses and by which place, its exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.eligibility.__main__ import main
from app.eligibility.decide import decide
from app.eligibility.exact_json import canonical
from app.eligibility.ruleset import RULESETS, load
from tests.eligibility.cases import base, read_cases

PRIMARY = RULESETS / "primary-2026.toml"
TEXT = PRIMARY.read_text("utf-8")
ROOT = Path(__file__).parents[2]


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def cases_file(folder: Path) -> str:
    lines = [
        json.dumps({"id": c.name, "as_of": str(c.as_of), "facts": c.facts.to_json()})
        for c in read_cases("primary-2026")
    ]
    return written(folder, "cases.jsonl", "\n".join(lines) + "\n\n")


def test_lint_of_the_shipped_rulesets_is_good_and_says_what_is_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(path) for path in sorted(RULESETS.rglob("*.toml"))]
    assert main(["lint", *paths]) == 0
    out, err = capsys.readouterr()
    assert err == "" and len(out.splitlines()) == len(paths)
    [primary] = [line for line in out.splitlines() if line.startswith(f"{PRIMARY}: ")]
    assert primary.startswith(
        f"{PRIMARY}: good, {load(PRIMARY).digest}; cited and neither quoted nor assumed: rule reg.out"
    )


def test_lint_names_file_place_reason_and_remedy_of_each_refused_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = written(tmp_path, "bad.toml", TEXT.replace('"age_reached"', '"age_guessed"'))
    uncited = written(
        tmp_path,
        "uncited.toml",
        TEXT.replace('cite = { assumption = "Of several honours only the highest counts." }', "cite = {}"),
    )
    assert main(["lint", bad, str(PRIMARY), uncited]) == 1
    out, err = capsys.readouterr()
    assert out.startswith(f"{PRIMARY}: good")
    assert err.splitlines()[0].startswith(f"{bad}: rule age.six.condition: unknown condition; use one of: age_reached")
    assert (
        err.splitlines()[1]
        == f"{uncited}: points honours: cites nothing; give source, clause and standing, or say `assumption`"
    )


def test_lint_strict_refuses_a_clause_that_is_neither_quoted_nor_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--strict", str(PRIMARY)]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"{PRIMARY}: rule reg.outside: neither quoted nor assumed; quote the clause")
    assert main(["lint", "--strict", str(RULESETS / "private-junior-2026.toml")]) == 0
    assert "neither" not in capsys.readouterr().out


def test_lint_refuses_two_of_one_id_and_two_of_one_series_that_overlap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lint", str(PRIMARY), str(PRIMARY)]) == 1
    assert capsys.readouterr().err == "id: primary-2026 stands twice; give each ruleset its own id\n"
    series = TEXT.replace("year = 2026", 'series = "p"\nyear = 2026', 1)
    paths = [written(tmp_path, f"{name}.toml", series.replace('"primary-2026"', f'"{name}"')) for name in "ab"]
    assert main(["lint", *paths]) == 1
    assert capsys.readouterr().err.startswith("valid_from: a and b both hold from 2026-01-01 to 2027-06-30; let one")


def test_what_cannot_be_read_is_said_and_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = str(tmp_path / "gone.toml")
    for arguments in (["lint", gone], ["explain", gone], ["decide", gone, gone], ["compare", str(PRIMARY), gone, gone]):
        assert main(arguments) == 2
        assert capsys.readouterr() == ("", f"{gone}: No such file or directory\n")
    assert main(["decide", str(PRIMARY), gone]) == 2
    assert capsys.readouterr().err == f"{gone}: No such file or directory\n"
    bad = written(tmp_path, "bad.toml", TEXT.replace("year = 2026\n", "", 1))
    assert main(["explain", bad]) == 2
    assert capsys.readouterr().err == f"{bad}: year: missing; give it a value\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "line 2: not a JSON object in UTF-8 with each name once; write one child a line"),
        ('{"id": "a", "id": "b"}', "line 2: not a JSON object in UTF-8 with each name once; write one child a line"),
        ("[]", "line 2: not an object; give an object of named fields"),
        ('{"id": "a"}', "line 2.facts: missing; give it a value"),
        ('{"facts": {}, "colour": 1}', "line 2.colour: no such field; remove it or correct its name"),
        (
            '{"facts": {"format": "facts/9"}}',
            'line 2.facts.format: not facts/1; give an object with "format": "facts/1"',
        ),
        (
            '{"format": "facts/1", "born_on": "2020-02-30"}',
            "line 2.facts.born_on: not a date of the calendar; write it as YYYY-MM-DD",
        ),
        ('{"id": "1", "facts": {"format": "facts/1"}}', "line 2.id: stands twice; give each case its own id"),
    ],
)
def test_a_case_that_cannot_be_read_is_refused_by_its_line_and_never_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, message: str
) -> None:
    cases = written(tmp_path, "cases.jsonl", f"{canonical(base('local').to_json())}\n{line}\n")
    assert main(["decide", str(PRIMARY), cases]) == 2
    out, err = capsys.readouterr()
    assert err == f"{cases}: {message}\n"
    assert [json.loads(made)["id"] for made in out.splitlines()] == ["1"]


def test_decide_gives_each_case_the_decision_of_the_core_and_its_digest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decide", str(PRIMARY), cases_file(tmp_path)]) == 0
    made = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    rules = load(PRIMARY)
    expected = [(case, decide(case.facts, rules, case.as_of)) for case in read_cases("primary-2026")]
    assert made == [
        {"id": case.name, "decision": json.loads(canonical(one.to_json())), "digest": one.digest}
        for case, one in expected
    ]


def test_decide_takes_the_day_from_the_case_then_from_the_command_then_from_the_cut_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = base("migrant", first_parent__permit__held=False).to_json()
    cases = written(
        tmp_path, "cases.jsonl", f"{json.dumps(facts)}\n{json.dumps({'facts': facts, 'as_of': '2026-05-30'})}\n"
    )
    assert main(["decide", str(PRIMARY), cases]) == 0
    made = [json.loads(line)["decision"] for line in capsys.readouterr().out.splitlines()]
    assert [(one["as_of"], one["outcome"]) for one in made] == [
        ("2026-05-31", "not_eligible"),
        ("2026-05-30", "undetermined"),
    ]
    assert main(["decide", str(PRIMARY), cases, "--as-of", "2026-05-29"]) == 0
    made = [json.loads(line)["decision"] for line in capsys.readouterr().out.splitlines()]
    assert [one["as_of"] for one in made] == ["2026-05-29", "2026-05-30"]


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "1: 符合入学条件。 第1层次"), ("en", "1: Eligible for admission. Level 1")]
)
def test_decide_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, said: str) -> None:
    cases = written(tmp_path, "cases.jsonl", json.dumps(base("local").to_json()))
    assert main(["decide", str(PRIMARY), cases, "--words", language]) == 0
    assert capsys.readouterr().out.startswith(said)
    infant = base("infant", registration__in_catchment=False, home__in_catchment=False)
    nowhere = written(tmp_path, "nowhere.jsonl", json.dumps(infant.to_json()))
    assert main(["decide", str(RULESETS / "preschool-2026.toml"), nowhere, "--words", "en"]) == 0
    assert "a place may be had where seats are left" in capsys.readouterr().out


def test_a_rolling_ruleset_decides_each_case_on_its_own_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = base("migrant", first_parent__permit__registered_since="2026-04-12").to_json()
    lines = [json.dumps({"id": day, "as_of": day, "facts": facts}) for day in ("2026-10-12", "2026-10-11")]
    cases = written(tmp_path, "cases.jsonl", "\n".join(lines))
    assert main(["decide", str(RULESETS / "primary-within-2026.toml"), cases]) == 0
    made = [json.loads(line)["decision"]["outcome"] for line in capsys.readouterr().out.splitlines()]
    assert made == ["eligible", "not_eligible"]


def test_explain_tells_every_rule_with_its_words_and_its_clause_or_assumption_in_both_languages(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for path in sorted(RULESETS.rglob("*.toml")):
        assert main(["explain", str(path)]) == 0
        told, ruleset = capsys.readouterr().out, load(path)
        for rule in ruleset.rules.values():
            sentences = (rule.text.zh, rule.text.en)
            for said in (said for words in sentences for said in (words.met, words.not_met, words.unknown)):
                assert said in told
        parts: tuple[Any, ...] = (
            *ruleset.text.rule,
            *ruleset.text.route,
            *ruleset.text.level,
            *ruleset.text.key,
            *ruleset.text.age_class,
        )
        for part in (*parts, *(ruleset.points.item if ruleset.points else ())):
            cite = part.cite
            assert all(text in told for text in (cite.source, cite.clause, cite.quote, cite.assumption))
        named: Any
        for named in (*ruleset.text.route, *ruleset.text.level, *ruleset.text.key, *ruleset.text.age_class):
            assert named.zh in told and named.en in told
        assert ruleset.digest in told and str(ruleset.text.valid_until) in told


def test_explain_in_one_language_says_needs_order_and_standing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(PRIMARY), "--language", "en"]) == 0
    told = capsys.readouterr().out
    assert "Asked of every child: age.six." in told and "户籍在本县。" not in told
    assert "Order: level<, flat_lock<, disagree<, moved_in<, titled<, points>, the public draw." in told
    assert "- permit.registered: residence_registered(months = 6). " in told
    assert "permit.in_force and permit.registered and (work.proof or work.insurance or" in told
    assert "(only told; nothing hangs on it)" in told and "Last, 13: " in told
    assert "(another place's rule, a pattern only): its wording was not read" in told
    assert "- policy.rescue: policy_status(among = fire_rescue, police). assumption: " in told
    assert main(["explain", str(PRIMARY), "--language", "zh"]) == 0
    told = capsys.readouterr().out
    assert "人人须满足: age.six." in told and "公开摇号" in told and "Registered in this county." not in told


def test_explain_tells_a_gate_a_day_of_checking_and_that_there_is_no_level(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = """kinds = ["migrant", "policy"]

[points.gate]
least = 60
cite = { source = "虚构文件", clause = "第一条", standing = "plan", quote = "虚构", checked_on = 2026-01-02 }
zh = { met = "达到", not_met = "未达到", unknown = "未定" }
en = { met = "At it.", not_met = "Below it.", unknown = "Open." }
"""
    gated = written(tmp_path, "gated.toml", TEXT.replace('kinds = ["migrant", "policy"]\n', gate))
    assert main(["explain", gated, "--language", "en"]) == 0
    said = "- ≥ 60: At it. / Below it. 虚构文件 第一条 (the county's plan): “虚构”, checked on 2026-01-02\n"
    assert said in capsys.readouterr().out
    assert main(["explain", str(RULESETS / "private-primary-2026.toml"), "--language", "en"]) == 0
    assert "the first that is met)\n\nnone.\n" in capsys.readouterr().out


def test_compare_lists_who_changes_and_why_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = TEXT.replace('"primary-2026"', '"primary-2027"').replace("year = 2026", "year = 2027", 1)
    later = later.replace("cut_off = 2026-05-31", "cut_off = 2027-05-31")
    cases = cases_file(tmp_path)
    same, half = (
        written(tmp_path, "same.toml", later),
        written(tmp_path, "half.toml", later.replace('"51/100"', '"1/2"')),
    )
    assert main(["compare", str(PRIMARY), same, cases]) == 0
    number = len(read_cases("primary-2026"))
    assert capsys.readouterr() == ("", f"0 of {number} change from primary-2026 to primary-2027\n")
    assert main(["compare", str(PRIMARY), half, cases]) == 1
    out, err = capsys.readouterr()
    changed = {line["id"]: line for line in map(json.loads, out.splitlines())}
    assert err == f"{len(changed)} of {number} change from primary-2026 to primary-2027\n"
    one = changed["level 3: co-owned at half"]
    assert one["changes"][0] == {"what": "level", "before": "3", "after": "2"}
    assert [why["name"] for why in one["why"]] == ["2", "flat.major", "level"]
    assert one["why"][1]["cite"]["clause"] == "录取顺序第2、3层次"
    assert main(["compare", str(PRIMARY), half, cases, "--words", "en", "--as-of", "2026-06-01"]) == 1
    assert (
        "level 3: co-owned at half: level 3 → 2; right level 3 → 2\n  level 2: not_met → met" in capsys.readouterr().out
    )


def test_the_command_stands_on_the_standard_library_alone() -> None:
    code = (
        "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('app.eligibility', None, '__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(ROOT), "lint", str(PRIMARY)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    wrong = subprocess.run([sys.executable, "-m", "app.eligibility", "guess"], capture_output=True, cwd=ROOT)
    assert wrong.returncode == 2
