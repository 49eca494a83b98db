"""API shapes of what registers say."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.applications.lifecycle import EvidenceSource, Outcome, RegisterStatus
from app.applications.reason import Reason

EXAMPLE = {"event": "uphold", "reason": "家庭已出示原件，登记尚未更新。"}


class WordsOut(BaseModel):
    zh: str
    en: str


class DifferenceOut(BaseModel):
    """Wherein a register says otherwise. What each side says is for the caseworker alone."""

    field: str
    words: WordsOut
    declared: Any = None
    register_says: Any = None


class RegisterOut(BaseModel):
    """What was asked of a register about a piece of evidence, and what came of it. `valid_on`: the day as of which it
    speaks; `digest` names the answer as it is kept."""

    id: UUID
    kind: str
    catalogue: str | None
    office: WordsOut | None
    status: RegisterStatus
    answered_at: datetime | None
    valid_on: date | None
    digest: str | None
    differences: list[DifferenceOut]
    remarks: list[WordsOut]
    reason: str | None


class ProvenanceOut(BaseModel):
    """On what the state of a piece of evidence rests, obtained when, and as of which day it speaks."""

    source: EvidenceSource
    obtained_at: datetime | None
    valid_on: date | None


class ContradictionLine(BaseModel):
    """What a register contradicts and a person has to decide; `fields` by name."""

    id: UUID
    application: UUID
    kind: str
    catalogue: str
    fields: list[str]
    answered_at: datetime
    valid_on: date


class ContradictionPage(BaseModel):
    """Oldest first; `next` is the `after` of the next page."""

    contradictions: list[ContradictionLine]
    next: UUID | None


class RulingIn(BaseModel):
    """`uphold`: what the family says stands; `correct`: what the register says does. `reason` is for the family."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"event": "uphold", "reason": "家庭已出示原件，登记尚未更新。"}]},
    )
    event: Literal["uphold", "correct"]
    reason: Reason = Field(repr=False)


class RuledOut(BaseModel):
    """The application's outcome after the ruling."""

    outcome: Outcome


class WatchOut(BaseModel):
    """The job that asks the registers for the round."""

    job: UUID
