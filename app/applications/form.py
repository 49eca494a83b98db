"""The application form as a family fills it in, checked field by field.

`facts` is what the family declares in the words of `app.eligibility.facts` (format facts/1). What only a check or
the catchment map can say (`verified`, `in_catchment`) and what stands elsewhere in the form (birth date, kind of
number, communities) is not declared there.
"""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.applications import numbers
from app.eligibility.exact_json import BadField, canonical, sha256
from app.eligibility.facts import FORMAT, Facts
from app.errors import ServiceError

NumberKindName = Literal["mainland", "hong_kong", "macao", "taiwan", "foreign", "none"]
NOT_DECLARED = {"verified", "papers_verified", "in_catchment", "community", "born_on", "number_kind"}
Code = Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")

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
    "sibling_school": None,
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


def _refuse(reason: str) -> PydanticCustomError:
    return PydanticCustomError("value_error", "{reason}", {"reason": reason})


class ChildForm(BaseModel):
    """The child. `sex`: GB/T 2261.1 (1 male, 2 female). Without a number yet: `number_kind` none."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    name: SecretStr = Field(min_length=1, max_length=60)
    number_kind: NumberKindName
    number: SecretStr | None = None
    born_on: date
    sex: Literal["1", "2"]

    @model_validator(mode="after")
    def _number_agrees(self) -> "ChildForm":
        if (self.number is None) != (self.number_kind == "none"):
            raise _refuse("number: give the number, or number_kind none / 填写证件号码，或将证件类型选为“暂无”")
        if self.number is None or self.number_kind == "foreign":
            return self
        try:
            number = numbers.read(self.number.get_secret_value(), "child.number")
        except ServiceError as error:
            raise _refuse(f"{error.title('zh')}{error.remedy('zh')} / {error.title('en')}") from None
        if number.region_kind != self.number_kind:
            raise _refuse("number_kind: does not agree with the number / 证件类型与号码不一致")
        if number.born_on != self.born_on:
            raise _refuse("born_on: does not agree with the number / 出生日期与证件号码不一致")
        return self

    def normalised_number(self) -> str | None:
        return None if self.number is None else numbers.normalise(self.number.get_secret_value())


class Form(BaseModel):
    """A whole application: the child, where it lives and is registered, wishes in order, and declared facts."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [EXAMPLE]})
    child: ChildForm
    relation: Literal["father", "mother", "grandparent", "other_guardian"]
    residence_community: str = Code
    registration_community: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._:-]{1,64}$")
    sibling_school: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._:-]{1,64}$")
    twin: bool = False
    preferences: list[str] = Field(default_factory=list, max_length=20)
    facts: dict[str, Any] = Field(repr=False)

    @field_validator("preferences")
    @classmethod
    def _each_once(cls, listed: list[str]) -> list[str]:
        if len(set(listed)) != len(listed):
            raise _refuse("a programme is listed twice / 同一志愿重复填写")
        return listed

    @field_validator("facts")
    @classmethod
    def _readable(cls, declared: dict[str, Any]) -> dict[str, Any]:
        _refuse_undeclarable(declared, "facts")
        try:
            return Facts.from_json({"format": FORMAT, **declared}).to_json()
        except BadField as error:
            raise _refuse(f"facts.{error.field}: {error.reason}; {error.remedy}") from None

    def declared(self) -> Facts:
        return Facts.from_json(self.facts)

    def to_json(self) -> dict[str, Any]:
        """Everything as it will be sealed and as it is digested."""
        plain = self.model_dump(mode="json", exclude={"child"})
        plain["child"] = {
            "name": self.child.name.get_secret_value(),
            "number_kind": self.child.number_kind,
            "number": self.child.normalised_number(),
            "born_on": self.child.born_on.isoformat(),
            "sex": self.child.sex,
        }
        return plain

    def digest(self) -> str:
        """SHA-256 of the form's canonical JSON; what a receipt names."""
        return sha256(canonical(self.to_json()))


def read_form(stored: dict[str, Any]) -> Form:
    """The form again from what was sealed."""
    facts = {name: value for name, value in stored["facts"].items() if name != "format"}
    return Form.model_validate({**stored, "facts": facts})


def _refuse_undeclarable(value: Any, where: str) -> None:
    if isinstance(value, dict):
        for name, held in value.items():
            if name in NOT_DECLARED:
                raise _refuse(f"{where}.{name}: is not declared but checked / 此项由核验得出，无需填写")
            _refuse_undeclarable(held, f"{where}.{name}")
