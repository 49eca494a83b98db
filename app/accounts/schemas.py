"""API shapes of sign-in, roles and two-person acts."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.accounts.lifecycle import ActStatus
from app.accounts.models import OfficeKind, OrganisationKind, Role


class SignIn(BaseModel):
    """What the identity provider gave the browser; `bureau` is a GB/T 2260 code."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"bureau": "330424", "assertion": "parent-1"}]}
    )
    bureau: str = Field(pattern=r"^[0-9]{6}$")
    assertion: SecretStr = Field(min_length=1, max_length=4000)


class SignedInAs(BaseModel):
    """The token is shown once."""

    token: str
    person: UUID


class Me(BaseModel):
    """Who the service takes you for, with the roles as they stand at this request."""

    bureau: str
    person: UUID
    organisations: list[str]
    duties: list[str]


class GrantRole(BaseModel):
    """A duty of the bureau (`organisation` is its code), the office of a school, another office's verification or a
    town's part in deferrals (its id), from a day on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "person": "01987654-3210-7000-8000-000000000001",
                    "organisation": "330424",
                    "role": "casework",
                    "valid_from": "2026-03-01",
                }
            ]
        },
    )
    person: UUID
    organisation: str = Field(min_length=1, max_length=64)
    role: Role
    valid_from: date


class FoundOrganisation(BaseModel):
    """An office of this kind, or (`office` left out) a town's government, whose id is the town's."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"id": "fict-veterans", "kind": "office", "office": "veterans_affairs", "name": "虚构退役军人事务局"}
            ]
        },
    )
    id: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")
    kind: Literal["office", "town"]
    office: OfficeKind | None = None
    name: str = Field(min_length=2, max_length=60)

    @model_validator(mode="after")
    def _an_office_is_of_a_kind(self) -> Self:
        if (self.kind == "office") != (self.office is not None):
            raise ValueError("office：仅部门须填写其类别 / give it for an office, and for nothing else")
        return self


class OrganisationOut(BaseModel):
    """The bureau, a school, another office (`office`: its kind) or a town."""

    id: str
    kind: OrganisationKind
    office: OfficeKind | None
    name: str


class Granted(BaseModel):
    id: UUID


class GrantOut(BaseModel):
    """A role as it was given; `valid_to` is its last day."""

    id: UUID
    organisation: str
    role: Role
    valid_from: date
    valid_to: date | None


class ActOut(BaseModel):
    """A two-person act; the second person approves exactly this `digest`."""

    id: UUID
    kind: str
    object: str
    payload: dict[str, Any]
    digest: str
    status: ActStatus
    proposed_by: UUID
    proposed_at: datetime
    approved_by: UUID | None


class Approval(BaseModel):
    """The digest as it was shown to the approver."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"digest": "0f" * 32}]})
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
