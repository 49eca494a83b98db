"""API shapes of applications, checks, decisions and rulesets."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.applications.deferral_schemas import DeferralOut
from app.applications.lifecycle import ApplicationStatus, EvidenceStatus, Outcome, ReferralStatus, Verdict
from app.applications.origin import Origin
from app.applications.reason import Reason
from app.applications.register_schemas import ProvenanceOut, RegisterOut

REASON_EXAMPLE = "居住证已于2026年3月中断，且无其他可替代的证明。"


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
    """Where the check of one piece of evidence stands, and on what that rests."""

    kind: str
    status: EvidenceStatus
    provenance: ProvenanceOut


class ReferredOut(BaseModel):
    """What another office is asked to confirm, by when, and its reason where it does not."""

    id: UUID
    kind: str
    organisation: str
    organisation_name: str
    status: ReferralStatus
    due_on: date
    reason: str | None


class DecisionOut(BaseModel):
    """The finding that counts. `trace`: one entry for each decision, as `schools` (those whose catchment it speaks
    of) and `decision`, in which each rule names its clause. `age_class`: the class of a kindergarten that the child
    enters, empty at other stages."""

    outcome: Outcome
    ruleset: str
    ruleset_digest: str
    as_of: date
    kind: str
    missing: list[str]
    groups: list[str]
    age_class: str
    digest: str
    trace: list[dict[str, Any]]
    reason: str | None


class ApplicationOut(BaseModel):
    """One application as its family and the caseworker see it; an auditor sees the child masked. `origin`: the way by
    which the form last came, with its number there.

    `applied_first`, for staff alone: the application that stands under the number which this one claims.
    """

    id: UUID
    round: UUID
    status: ApplicationStatus
    outcome: Outcome
    version: int
    submitted_at: datetime | None
    origin: Origin
    origin_number: str | None
    form: dict[str, Any]
    preferences: list[str]
    evidence: list[EvidenceOut]
    registers: list[RegisterOut]
    referrals: list[ReferredOut]
    deferrals: list[DeferralOut]
    decision: DecisionOut | None
    applied_first: UUID | None


class ApplicationBrief(BaseModel):
    """A line of a list: no names."""

    id: UUID
    round: UUID
    status: ApplicationStatus
    outcome: Outcome
    version: int
    residence_community: str
    submitted_at: datetime | None
    origin: Origin


class ApplicationPage(BaseModel):
    """Oldest first; `next` is the `after` of the next page."""

    applications: list[ApplicationBrief]
    next: UUID | None


class CheckIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    application: UUID
    kind: str = Field(pattern=r"^[a-z_]{1,40}$")
    event: Verdict


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


class LookedUpOut(BaseModel):
    """The outcome of each claim confirmed; how many of the page are left for a person; `next` is its next `after`."""

    outcomes: dict[UUID, Outcome]
    left: int
    next: UUID | None


class ReasonIn(BaseModel):
    """An individual sentence for the family."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": REASON_EXAMPLE}]})
    reason: Reason = Field(repr=False)


class OverrideIn(BaseModel):
    """The second person names the digest shown and repeats the reason that both have read."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"digest": "0" * 64, "reason": REASON_EXAMPLE}]}
    )
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    reason: Reason = Field(repr=False)


class RulesetIn(BaseModel):
    """A ruleset as TOML text (see app/eligibility/rulesets)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": 'format = "ruleset/1"\nid = "primary-2026"\n'}]}
    )
    text: str = Field(min_length=1, max_length=200_000)


class RulesetOut(BaseModel):
    """A published ruleset; `digest` is the SHA-256 of `text` in UTF-8."""

    id: str
    digest: str
    active: bool
    text: str


class ActivatedOut(BaseModel):
    ruleset: str
