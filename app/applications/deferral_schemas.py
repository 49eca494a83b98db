"""API shapes of deferrals."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.applications.lifecycle import DeferralStatus

CERTIFICATE: dict[str, Any] = {
    "hospital": "虚构县人民医院",
    "dated_on": "2026-05-10",
    "finding": "需继续康复治疗一年。",
}


class CertificateIn(BaseModel):
    """The doctor's certificate; the paper itself is shown to whoever decides."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [CERTIFICATE]})
    hospital: str = Field(min_length=2, max_length=100)
    dated_on: date
    finding: str = Field(min_length=5, max_length=1000, repr=False)


class RequestedOut(BaseModel):
    """`due_on`: the day by which it is decided."""

    deferral: UUID
    due_on: date


class DeferralLine(BaseModel):
    """The child's name is masked. `organisation`: the town that decides, or none, and then the bureau does."""

    id: UUID
    child: str
    year: int
    organisation: str | None
    status: DeferralStatus
    due_on: date
    overdue: bool
    returns_in: int
    returned: bool | None


class DeferralPage(BaseModel):
    """Oldest first; `next` is the `after` of the next page."""

    deferrals: list[DeferralLine]
    next: UUID | None


class OpenedDeferral(BaseModel):
    """What whoever decides needs to know."""

    id: UUID
    year: int
    status: DeferralStatus
    due_on: date
    name: str
    born_on: date
    certificate: dict[str, str]


class DeferralDecision(BaseModel):
    """A refusal gives its reason in words for the family."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"event": "refuse", "reason": "诊断证明未写明需要延缓入学的理由。"}]},
    )
    event: Literal["approve", "refuse"]
    reason: str | None = Field(default=None, max_length=2000, repr=False)


class DeferralOut(BaseModel):
    """What became of a deferral; `remedies`, in words, where it was refused."""

    id: UUID
    year: int
    status: DeferralStatus
    due_on: date
    town: str | None
    reason: str | None
    remedies: dict[str, str] | None
