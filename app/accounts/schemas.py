"""API shapes of sign-in, roles and two-person acts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.accounts.lifecycle import ActStatus
from app.accounts.models import Role


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
    """A duty of the bureau (`organisation` is its code) or the office of a school (its id), from a day on."""

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
