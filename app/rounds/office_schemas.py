"""API shapes of the bureau's verbs on a round."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.rounds.deadlines import Deadline
from app.rounds.lifecycle import RunStatus
from app.rounds.schemas import ObjectionBrief, PersonalWords
from app.rounds.vocabulary import FallbackOver, RoundKind, Silence
from app.schools.vocabulary import Stage

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class PlanRound(BaseModel):
    """A round to be planned; times carry their offset. `fallback` left out is what the stage asks for: public schools
    where it is compulsory, and none where it is not. `place_within_days` is for a round within the year alone. A late
    round is planned from the one that it follows."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "code": "330424-2026-primary",
                    "stage": "primary",
                    "year": 2026,
                    "title_zh": "2026年小学一年级招生",
                    "title_en": "Entry to grade 1, 2026",
                    "ruleset": "primary-2026",
                    "as_of": "2026-05-31",
                    "opens_at": "2026-06-15T09:00:00+08:00",
                    "closes_at": "2026-06-22T17:00:00+08:00",
                }
            ]
        },
    )
    code: Identifier
    stage: Stage
    year: int = Field(ge=2000, le=2200)
    title_zh: Title
    title_en: Title
    ruleset: Identifier
    as_of: date
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    kind: RoundKind = RoundKind.MAIN
    silence: Silence = Silence.ACCEPT
    fallback: FallbackOver | None = None
    distance_limit_m: int = Field(default=15_000, gt=0, le=200_000)
    demonstration: bool = False
    place_within_days: int | None = Field(default=None, ge=0, le=90)


class DocumentIn(BaseModel):
    """One public thing in both languages."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text_zh": "招生办法……", "text_en": "The rules …"}]}
    )
    text_zh: str = Field(min_length=1, max_length=100_000)
    text_en: str = Field(min_length=1, max_length=100_000)


class ReasonIn(BaseModel):
    """Why; no names, no identity numbers: it is kept for ever."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "名单有误，重新公示。"}]})
    reason: Reason


class ExtensionIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"closes_at": "2026-06-24T17:00:00+08:00", "reason": "台风停课。"}]},
    )
    closes_at: AwareDatetime
    reason: Reason


class BringForwardIn(BaseModel):
    """Which deadline of a demonstration is to be now."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"deadline": "closes_at"}]})
    deadline: Deadline


class FreezeIn(BaseModel):
    """The public draw to come: which, of what day, and how its numbers are read (printable ASCII)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "draw_name": "Welfare lottery 3D, draw 2026197 of 2026-07-24, three digits in the order drawn",
                    "draw_at": "2026-07-24T21:15:00+08:00",
                }
            ]
        },
    )
    draw_name: str = Field(min_length=1, max_length=200)
    draw_at: AwareDatetime


class DrawIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"value": "4-0-7"}]})
    value: str = Field(min_length=1, max_length=200)


class RunAsked(BaseModel):
    id: UUID


class RunOut(BaseModel):
    """A run of the ledger; `done` of `total` while its job is under way."""

    id: UUID
    number: int
    bundle: UUID
    reason: str
    status: RunStatus
    job: UUID
    digest: str | None
    verdict: str | None
    approval_act: UUID | None
    requested_by: UUID
    requested_at: datetime
    done: int | None = None
    total: int | None = None


class ObjectionPage(BaseModel):
    """`next` is the `after` of the next page."""

    objections: list[ObjectionBrief]
    next: UUID | None


class ObjectionDecision(BaseModel):
    """Upheld or not, with an answer in words for the family."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"upheld": False, "answer": "经复核，居住登记为三年。"}]}
    )
    upheld: bool
    answer: PersonalWords
