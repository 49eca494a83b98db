"""The form: what is refused is named by field in both languages, what is kept is read back the same."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import app.eligibility.exact_json
from app.applications.form import EXAMPLE, REASONS, Form, read_form
from app.eligibility.facts import FORMAT
from tests.conftest import Api
from tests.county import LOCAL, MIGRANT, County, form

NUMBER = "990424202003150010"
HOLDER = {"name": "虚构军人", "number_kind": "mainland", "number": "330424200912310024"}
PLANTED = "植入姓名990424202003150010"


def written(**changes: Any) -> dict[str, Any]:
    """A complete form as a client sends it; `child` and `facts` are laid over those of the example."""
    plain: dict[str, Any] = json.loads(json.dumps(EXAMPLE))
    for name in ("child", "facts"):
        plain[name] |= changes.pop(name, {})
    return plain | changes


def refused(sent: dict[str, Any]) -> list[tuple[str, str]]:
    """(field, reason) of each refusal."""
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(sent)
    return [
        (".".join(map(str, error["loc"])), str(error.get("ctx", {}).get("reason", error["type"])))
        for error in caught.value.errors(include_url=False)
    ]


REFUSALS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"child": {"name": " \u3000 "}}, "child.name", "姓名", "name"),
    ({"child": {"name": "虚构\u202e童"}}, "child.name", "不可见", "visible"),
    ({"child": {"name": "虚构\x00童"}}, "child.name", "不可见", "visible"),
    ({"child": {"number": NUMBER}}, "child.number", "证件类型", "number_kind none"),
    ({"child": {"number_kind": "mainland"}}, "child.number", "填写证件号码", "give the number"),
    ({"child": {"number_kind": "mainland", "number": "12"}}, "child.number", "格式不对", "right form"),
    ({"child": {"number_kind": "mainland", "number": NUMBER[:-1] + "9"}}, "child.number", "校验位", "check digit"),
    ({"child": {"number_kind": "taiwan", "number": NUMBER}}, "child.number", "证件类型", "does not agree"),
    ({"child": {"number_kind": "foreign", "number": "11010519491231002X"}}, "child.number", "居民身份证", "citizen"),
    ({"child": {"number_kind": "foreign", "number": ""}}, "child.number", "护照", "passport"),
    (
        {"child": {"number_kind": "mainland", "number": NUMBER, "born_on": "2020-03-16"}},
        "child.born_on",
        "出生日期",
        "does not agree",
    ),
    ({"preferences": ["p1", "p2", "p1"]}, "preferences", "重复", "twice"),
    (
        {"facts": {"registration": {"place": "elsewhere"}}},
        "registration_community",
        "户籍不在本县",
        "registration in the county",
    ),
    ({"facts": {"registration": {"verified": True}}}, "facts", "facts.registration.verified", "checked"),
    ({"facts": {"registration": {"verified": None}}}, "facts", "facts.registration.verified", "checked"),
    ({"facts": {"home": {"proof": {"verified": False}}}}, "facts", "facts.home.proof.verified", "checked"),
    ({"facts": {"home": {"in_catchment": True}}}, "facts", "facts.home.in_catchment", "checked"),
    ({"facts": {"home": {"community": "c1"}}}, "facts", "facts.home.community", "checked"),
    ({"facts": {"first_parent": {"papers_verified": True}}}, "facts", "facts.first_parent.papers_verified", "checked"),
    ({"facts": {"born_on": "2020-03-15"}}, "facts", "facts.born_on", "checked"),
    ({"facts": {"number_kind": "none"}}, "facts", "facts.number_kind", "checked"),
    ({"facts": {"surprise": 1}}, "facts", "facts.surprise：没有此项", "no such field"),
    ({"right_place_community": "c1"}, "right_place_community", "部队驻地", "together with"),
    ({"facts": {"right_place": {"kind": "station"}}}, "right_place_community", "部队驻地", "together with"),
    ({"policy_holder": {**HOLDER, "number": "330424200912310023"}}, "policy_holder.number", "校验位", "check digit"),
    ({"policy_holder": {**HOLDER, "name": "\u202e"}}, "policy_holder.name", "不可见字符", "visible characters"),
    ({"facts": {"home": {"share": 0.51}}}, "facts", "facts.home.share：应为分数", "exact fraction"),
    ({"facts": {"home": {"uses": [{"year": 3}]}}}, "facts", "facts.home.uses[0].year：超出", "out of range"),
    ({"facts": {"home": {"basis": "castle"}}}, "facts", "facts.home.basis：不在可选范围", "own_flat"),
    ({"facts": {"home": []}}, "facts", "facts.home：应为若干具名项", "not an object"),
    ({"facts": {"format": "facts/9"}}, "facts", "facts.format：应为facts/1", "facts/1"),
]


@pytest.mark.parametrize(("change", "field", "zh", "en"), REFUSALS)
def test_each_refusal_names_its_field_in_both_languages(change: dict[str, Any], field: str, zh: str, en: str) -> None:
    told = refused(written(**change))
    assert [name for name, _ in told] == [field]
    chinese, _, english = told[0][1].partition(" / ")
    assert zh in chinese and en in english


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"child": {"surprise": 1}}, "child.surprise"),
        ({"relation": "neighbour"}, "relation"),
        ({"preferences": ["p 1"]}, "preferences.0"),
        ({"preferences": [f"p{rank}" for rank in range(21)]}, "preferences"),
        ({"residence_community": ""}, "residence_community"),
        ({"sibling_school": "s" * 65}, "sibling_school"),
        ({"child": {"born_on": "2020-02-30"}}, "child.born_on"),
        ({"child": {"sex": "3"}}, "child.sex"),
        ({"facts": None}, "facts"),
    ],
)
def test_what_has_not_the_shape_of_the_form_is_named(change: dict[str, Any], field: str) -> None:
    sent = written(**({} if "facts" in change else change)) | ({"facts": 1} if "facts" in change else {})
    assert [name for name, _ in refused(sent)] == [field]


@pytest.mark.parametrize(
    "change",
    [
        {"child": {"name": "", "number": PLANTED}},
        {"child": {"number_kind": "mainland", "number": PLANTED}},
        {"child": {"number_kind": "foreign", "number": PLANTED}},
        {"child": {"number": NUMBER, "name": PLANTED + "\u202e"}},
        {"residence_community": PLANTED},
        {"relation": PLANTED},
        {"preferences": [PLANTED, NUMBER, NUMBER]},
        {"facts": {"home": {"basis": PLANTED, "share": PLANTED}}},
        {"facts": {PLANTED: 1}},
        {"facts": {"home": {f"{NUMBER}.{NUMBER}": 1}}},
        {PLANTED: PLANTED},
    ],
)
async def test_no_refusal_repeats_what_was_written(api: Api, county: County, change: dict[str, Any]) -> None:
    headers = await api.sign_in(county.world.bureau, "parent-1") | {"Idempotency-Key": "key-00000001"}
    for language in ("zh", "en"):
        answer = await api.client.post(
            f"/rounds/{county.round}/applications",
            json=written(**change),
            headers=headers | {"Accept-Language": language},
        )
        assert answer.status_code == 422 and answer.json()["errors"]
        assert "植入" not in answer.text and NUMBER not in answer.text


async def test_facts_nested_beyond_all_measure_are_refused_and_break_nothing(api: Api, county: County) -> None:
    headers = await api.sign_in(county.world.bureau, "parent-1") | {"Idempotency-Key": "key-00000001"}
    for depth in (50, 600, 850, 900, 950, 5_000):
        nested = '{"home":' * depth + "1" + "}" * depth
        body = json.dumps(written()).replace(json.dumps(EXAMPLE["facts"]), nested)
        answer = await api.client.post(
            f"/rounds/{county.round}/applications", content=body, headers=headers | {"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422), depth


@pytest.mark.parametrize(
    "filled",
    [
        form(),
        form(facts=MIGRANT, twin=True, sibling_school="s1", preferences=["2026-g1-s3", "2026-g1-s1"]),
        form(" 虚构　儿童 ", child={"number_kind": "mainland", "number": "９９０４２４-20200315-0010"}),
        form(child={"number_kind": "foreign", "number": "ab 123456"}),
        form(facts={}),
        form(facts={**LOCAL, "right_place": {"kind": "station"}}, right_place_community="c2", policy_holder=HOLDER),
        Form.model_validate(EXAMPLE),
    ],
)
def test_a_form_read_back_from_storage_equals_itself(filled: Form) -> None:
    stored = json.loads(json.dumps(filled.to_json(), ensure_ascii=False, sort_keys=True))
    again = read_form(stored)
    assert again == filled and again.to_json() == filled.to_json() and again.digest == filled.digest


def test_the_digest_is_the_same_at_every_run_and_another_for_every_change() -> None:
    assert form().digest == "2a3ce0011246573751d770b0c09396c02ede600700ebdd41a298445147ea5585"
    others = [form("虚构儿童乙"), form(twin=True), form(preferences=[]), form(facts=MIGRANT), form(relation="father")]
    assert len({one.digest for one in (form(), *others)}) == 6


def test_facts_in_another_order_or_with_their_defaults_written_out_are_the_same_form() -> None:
    turned = {name: dict(reversed(part.items())) for name, part in reversed(LOCAL.items())}
    assert form(facts={**turned, "format": FORMAT, "deferral": {}}).digest == form().digest


def test_a_form_prints_nothing_of_a_child() -> None:
    filled = form("植入姓名", child={"number_kind": "mainland", "number": NUMBER})
    assert "植入姓名" not in repr(filled) and NUMBER not in repr(filled) and "2020" not in repr(filled)


def test_every_reason_of_the_reader_has_its_chinese_words() -> None:
    source = ast.parse(Path(app.eligibility.exact_json.__file__).read_text(encoding="utf-8"))
    reasons = {
        call.args[1].value
        for call in ast.walk(source)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "BadField"
        and isinstance(call.args[1], ast.Constant)
    }
    assert reasons and reasons <= set(REASONS)
