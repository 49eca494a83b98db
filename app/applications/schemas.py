"""API shapes of applications, checks, decisions and rulesets."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.applications.lifecycle import ApplicationStatus, EvidenceEvent, EvidenceStatus, Outcome


class ReceiptOut(BaseModel):
    """Proof of receipt; the same for a repetition of the same request."""

    application: UUID
    round: UUID
    version: int
    form_digest: str
    received_at: datetime


class DraftOut(BaseModel):
    application: UUID
    version: int


class EvidenceOut(BaseModel):
    """Where the check of one piece of evidence stands."""

    kind: str
    status: EvidenceStatus


class DecisionOut(BaseModel):
    """The finding that counts, each rule with its clause in `trace` (one entry per catchment)."""

    outcome: Outcome
    ruleset: str
    ruleset_digest: str
    as_of: date
    kind: str
    missing: list[str]
    groups: list[str]
    digest: str
    trace: list[dict[str, Any]]
    reason: str | None


class ApplicationOut(BaseModel):
    """One application as its family and the caseworker see it; an auditor sees the child masked."""

    id: UUID
    round: UUID
    status: ApplicationStatus
    outcome: Outcome
    version: int
    submitted_at: datetime | None
    form: dict[str, Any]
    preferences: list[str]
    evidence: list[EvidenceOut]
    decision: DecisionOut | None


class ApplicationBrief(BaseModel):
    """A line of a list: no names."""

    id: UUID
    round: UUID
    status: ApplicationStatus
    outcome: Outcome
    version: int
    residence_community: str
    submitted_at: datetime | None


class ApplicationPage(BaseModel):
    """Oldest first; `next` is the `after` of the next page."""

    applications: list[ApplicationBrief]
    next: UUID | None


class CheckIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    application: UUID
    kind: str = Field(pattern=r"^[a-z_]{1,40}$")
    event: EvidenceEvent


class ChecksIn(BaseModel):
    """A list of checks, recorded together or not at all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "checks": [
                        {
                            "application": "01990000-0000-7000-8000-000000000001",
                            "kind": "home",
                            "event": "confirm",
                        }
                    ]
                }
            ]
        },
    )
    checks: list[CheckIn] = Field(min_length=1, max_length=2000)


class ChecksOut(BaseModel):
    """Each application's outcome after the checks."""

    outcomes: dict[UUID, Outcome]


class ReasonIn(BaseModel):
    """An individual sentence for the family."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "居住证已于2026年3月中断，且无其他可替代的证明。"}]}
    )
    reason: str = Field(min_length=5, max_length=2000, repr=False)


class OverrideIn(ReasonIn):
    """The second person names the digest shown and repeats the reason that both have read."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class RulesetIn(BaseModel):
    """A ruleset as TOML text (see app/eligibility/rulesets)."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=200_000)


class RulesetOut(BaseModel):
    """A published ruleset; `digest` is the SHA-256 of `text` in UTF-8."""

    id: str
    digest: str
    active: bool
    text: str


class ActivatedOut(BaseModel):
    ruleset: str
