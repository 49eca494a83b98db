"""The application form as a family fills it in, checked field by field.

`facts` is what the family declares in the words of `app.eligibility.facts` (format facts/1). What only a check or
the catchment map can say (`verified`, `in_catchment`) and what stands elsewhere in the form (birth date, kind of
number, communities) is not declared there. A refusal names the field and never repeats what was written in it.
"""

import re
import unicodedata
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.applications import numbers
from app.eligibility.exact_json import BadField, canonical, sha256
from app.eligibility.facts import FORMAT, Facts
from app.errors import ServiceError

NumberKindName = Literal["mainland", "hong_kong", "macao", "taiwan", "foreign", "none"]
PersonsNumberKind = Literal["mainland", "hong_kong", "macao", "taiwan", "foreign"]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
NOT_DECLARED = {
    "verified",
    "papers_verified",
    "in_catchment",
    "in_feeder",
    "gave_up",
    "community",
    "born_on",
    "number_kind",
    "sibling",
}
ASKED_LATER = ("right_place_community", "grade", "grade_reason")
GradeReason = Literal["deferred", "longer_schooling", "repeated", "skipped", "other_system"]
UNSHOWN = ("Cc", "Cf", "Cs")  # control, direction and joining signs: a name that others could not read as written
PART = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(\[[0-9]+\])?")
# BadField's reasons in Chinese.
REASONS = {
    "missing": "此项必填",
    "no such field": "没有此项",
    "not an object": "应为若干具名项",
    "not a list": "应为列表",
    "not a text": "应为文字",
    "not an integer": "应为整数",
    "not a date of the calendar": "应为日期（YYYY-MM-DD）",
    "not an exact fraction": "应为分数（如51/100）",
    "neither true nor false": "应为是或否",
    "not one of the allowed values": "不在可选范围内",
    "out of range": "超出允许范围",
    f"not {FORMAT}": f"应为{FORMAT}格式",
}

EXAMPLE: dict[str, Any] = {
    "child": {
        "name": "虚构儿童",
        "number_kind": "none",
        "number": None,
        "born_on": "2020-03-15",
        "sex": "2",
    },
    "relation": "mother",
    "residence_community": "330424001-c01",
    "registration_community": "330424001-c01",
    "right_place_community": None,
    "policy_holder": None,
    "sibling_school": None,
    "elder": None,
    "twin": False,
    "preferences": ["2026-g1-hy-p01"],
    "facts": {
        "registration": {
            "place": "county",
            "kind": "family",
            "with_parents": True,
            "at_home": True,
            "registered_on": "2020-04-01",
        },
        "home": {
            "basis": "own_flat",
            "share": "1/1",
            "lived_since": "2019-06-01",
            "uses": [],
            "proof": {"obtained_on": "2019-05-20", "valid_until": "9999-12-31"},
        },
    },
}


def _refuse(zh: str, en: str) -> PydanticCustomError:
    return PydanticCustomError("value_error", "{reason}", {"reason": f"{zh} / {en}"})


def _readable(name: SecretStr) -> SecretStr:
    plain = " ".join(name.get_secret_value().split())
    if not plain or any(unicodedata.category(letter) in UNSHOWN for letter in plain):
        raise _refuse(
            "请照证件填写姓名，不含不可见字符", "write the name as the document has it, in visible characters"
        )
    return SecretStr(plain)


class ChildForm(BaseModel):
    """The child. `sex`: GB/T 2261.1 (1 male, 2 female). Without a number yet: `number_kind` none.

    `number` is kept normalised.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    name: SecretStr = Field(min_length=1, max_length=60)
    number_kind: NumberKindName
    number: SecretStr | None = Field(default=None, validate_default=True)
    born_on: date
    sex: Literal["1", "2"]

    @field_validator("name")
    @classmethod
    def _readable(cls, name: SecretStr) -> SecretStr:
        return _readable(name)

    @field_validator("number")
    @classmethod
    def _of_its_kind(cls, number: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        kind = info.data.get("number_kind")
        if kind is None:
            return number
        if (number is None) != (kind == "none"):
            raise _refuse("填写证件号码，或将证件类型选为“暂无”", "give the number, or number_kind none")
        return None if number is None else SecretStr(_normalised(number.get_secret_value(), kind))

    @field_validator("born_on")
    @classmethod
    def _as_the_number_says(cls, born_on: date, info: ValidationInfo) -> date:
        number = info.data.get("number")
        if number is None or info.data.get("number_kind") == "foreign":
            return born_on
        if numbers.read(number.get_secret_value(), "number").born_on != born_on:
            raise _refuse("出生日期与证件号码不一致", "does not agree with the number")
        return born_on


def _normalised(written: str, kind: NumberKindName) -> str:
    try:
        if kind == "foreign":
            return numbers.read_foreign(written, "number")
        number = numbers.read(written, "number")
    except ServiceError as error:
        raise _refuse(error.title("zh") + error.remedy("zh"), f"{error.title('en')} {error.remedy('en')}") from None
    if number.region_kind != kind:
        raise _refuse("证件类型与号码不一致", "number_kind does not agree with the number")
    return number.text


class Holder(BaseModel):
    """The person whose standing a claim of policy rests on: a soldier, a martyr. `number` is kept normalised."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    name: SecretStr = Field(min_length=1, max_length=60)
    number_kind: PersonsNumberKind
    number: SecretStr

    @field_validator("name")
    @classmethod
    def _readable(cls, name: SecretStr) -> SecretStr:
        return _readable(name)

    @field_validator("number")
    @classmethod
    def _of_its_kind(cls, number: SecretStr, info: ValidationInfo) -> SecretStr:
        kind = info.data.get("number_kind")
        return number if kind is None else SecretStr(_normalised(number.get_secret_value(), kind))

    def to_json(self) -> dict[str, str]:
        return {
            "name": self.name.get_secret_value(),
            "number_kind": self.number_kind,
            "number": self.number.get_secret_value(),
        }


class Elder(BaseModel):
    """The elder brother or sister at whose school the child is to be. `number` is kept normalised."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    number_kind: PersonsNumberKind
    number: SecretStr

    @field_validator("number")
    @classmethod
    def _of_its_kind(cls, number: SecretStr, info: ValidationInfo) -> SecretStr:
        kind = info.data.get("number_kind")
        return number if kind is None else SecretStr(_normalised(number.get_secret_value(), kind))

    def to_json(self) -> dict[str, str]:
        return {"number_kind": self.number_kind, "number": self.number.get_secret_value()}


class Form(BaseModel):
    """A whole application: the child, where it lives and is registered, wishes in order, and declared facts.

    `grade`: to which the child comes, in a round within the school year alone; `grade_reason`: why, where another
    one is usual at its age or by its record.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, json_schema_extra={"examples": [EXAMPLE]}
    )
    child: ChildForm = Field(repr=False)
    relation: Literal["father", "mother", "grandparent", "other_guardian"]
    facts: dict[str, Any] = Field(repr=False)
    residence_community: Code
    registration_community: Code | None = None
    right_place_community: Code | None = Field(default=None, validate_default=True)
    policy_holder: Holder | None = Field(default=None, repr=False)
    sibling_school: Code | None = None
    elder: Elder | None = Field(default=None, repr=False)
    twin: bool = False
    preferences: list[Code] = Field(default_factory=list, max_length=20)
    grade: int | None = Field(default=None, ge=0, le=9)
    grade_reason: GradeReason | None = None

    @field_validator("facts")
    @classmethod
    def _declared(cls, written: dict[str, Any]) -> dict[str, Any]:
        try:
            facts = Facts.from_json({"format": FORMAT, **written})
        except BadField as error:
            where = _named(f"facts.{error.field}")
            raise _refuse(
                f"{where}：{REASONS.get(error.reason, '填写有误')}", f"{error.reason}; {error.remedy}"
            ) from None
        _refuse_undeclarable(written, "facts")
        return facts.to_json()

    @field_validator("registration_community")
    @classmethod
    def _in_the_county(cls, community: str | None, info: ValidationInfo) -> str | None:
        place = info.data.get("facts", {}).get("registration", {}).get("place", "county")
        if community is not None and place != "county":
            raise _refuse("户籍不在本县的，不填户籍社区", "only for a registration in the county")
        return community

    @field_validator("right_place_community")
    @classmethod
    def _said_with_its_kind(cls, community: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("facts", {}).get("right_place", {}).get("kind", "none")
        if (community is None) != (kind == "none"):
            raise _refuse(
                "军人子女选择部队驻地或（外）祖父母户籍地入学的，填写facts.right_place.kind及该社区",
                "give it together with facts.right_place.kind, or neither",
            )
        return community

    @field_validator("elder")
    @classmethod
    def _at_a_school(cls, elder: Elder | None, info: ValidationInfo) -> Elder | None:
        if elder is not None and info.data.get("sibling_school") is None:
            raise _refuse("请同时填写兄（姐）就读的学校", "give the school that they attend as sibling_school")
        return elder

    @field_validator("preferences")
    @classmethod
    def _each_once(cls, listed: list[str]) -> list[str]:
        if len(set(listed)) != len(listed):
            raise _refuse("同一志愿重复填写", "a programme is listed twice")
        return listed

    @cached_property
    def declared(self) -> Facts:
        return Facts.from_json(self.facts)

    def to_json(self) -> dict[str, Any]:
        """Everything as it will be sealed and as it is digested; `read_form` of it equals this form."""
        number = self.child.number
        child = {
            "name": self.child.name.get_secret_value(),
            "number_kind": self.child.number_kind,
            "number": None if number is None else number.get_secret_value(),
            "born_on": self.child.born_on.isoformat(),
            "sex": self.child.sex,
        }
        rest = self.model_dump(mode="json", exclude={"child", "policy_holder", "elder"})
        for name, person in (("policy_holder", self.policy_holder), ("elder", self.elder)):
            if person is not None:
                rest[name] = person.to_json()
        # Asked since forms were first kept: where it is not filled in, digest and receipt stay what they were.
        unasked = {name for name in ASKED_LATER if rest.get(name) is None}
        return {**{name: said for name, said in rest.items() if name not in unasked}, "child": child}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the form's canonical JSON; what a receipt names."""
        return sha256(canonical(self.to_json()))


def read_form(stored: dict[str, Any]) -> Form:
    """The form again from what was sealed."""
    return Form.model_validate(stored)


def _named(path: str) -> str:
    """A path of facts without what may be no name of a field at all."""
    return ".".join(part if PART.fullmatch(part) else "?" for part in path.split("."))


def _refuse_undeclarable(written: dict[str, Any], where: str) -> None:
    for name, held in written.items():
        if name in NOT_DECLARED:
            raise _refuse(f"{where}.{name}：此项由核验得出，无需填写", "it is not declared but checked; leave it out")
        if isinstance(held, dict):
            _refuse_undeclarable(held, f"{where}.{name}")
