"""API shapes of a case in words, and of what schools are asked to look at."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.applications.form import EXAMPLE, Form
from app.applications.lifecycle import EvidenceStatus, Outcome
from app.casework.lifecycle import CorrectionStatus, Original, SiteCheckStatus, Task


class ClaimOut(BaseModel):
    """A claim and its state in words. `since`: when it was last moved; `officer`, for staff alone: by whom."""

    kind: str
    status: EvidenceStatus
    zh: str
    en: str
    since: datetime | None
    officer: UUID | None


class SiteCheckOut(BaseModel):
    """What a school was asked, and that it has looked; what it found is for staff alone."""

    id: UUID
    task: Task
    kinds: list[str]
    school: str
    school_name: str
    status: SiteCheckStatus
    done_on: date | None
    originals: dict[str, Original] | None
    finding: str | None
    recorded_by: UUID | None


class PapersOut(BaseModel):
    """What the family was asked for last; `until` begins with its proven notice (`known_at`)."""

    model_config = ConfigDict(from_attributes=True)
    kinds: list[str]
    asked_at: datetime
    known_at: datetime | None
    until: datetime | None


class RemedyOut(BaseModel):
    """What can be done against a refusal, and until when, once the family provably knows of it."""

    model_config = ConfigDict(from_attributes=True)
    kind: str
    zh: str
    en: str
    until: datetime | None


class LetterOut(BaseModel):
    """A refusal's letter, a line each, in both languages; `digest` is that of the letter as it is kept."""

    model_config = ConfigDict(from_attributes=True)
    zh: list[str]
    en: list[str]
    digest: str
    known_at: datetime | None
    remedies: list[RemedyOut]


class PointsLineOut(BaseModel):
    """A line of the reckoning: `measured` so many `unit`, or entries of a table; `points` before `cap` and `group` (of
    which only the best item counts), `counted` in the total; `assumed`: the figures rest on an assumption."""

    model_config = ConfigDict(from_attributes=True)
    item: str
    zh: str
    en: str
    parent_zh: str
    parent_en: str
    measured: str
    unit_zh: str
    unit_en: str
    points: int
    cap: int | None
    group: str
    counted: int
    why: str
    why_zh: str
    why_en: str
    source: str
    clause: str
    assumed: bool


class PointsOut(BaseModel):
    """Points line by line; `total` is the sum of what the lines count."""

    model_config = ConfigDict(from_attributes=True)
    total: int
    lines: list[PointsLineOut]


class CorrectionOut(BaseModel):
    """What a family asked to be corrected, to what, why, and the answer; an auditor is shown none."""

    id: UUID
    status: CorrectionStatus
    zh: str
    en: str
    requested_at: datetime
    form: dict[str, Any]
    why: str
    answer: str | None


class CaseOut(BaseModel):
    """A case as it stands."""

    model_config = ConfigDict(from_attributes=True)

    application: UUID
    outcome: Outcome
    outcome_zh: str
    outcome_en: str
    claims: list[ClaimOut]
    points: PointsOut | None
    papers: PapersOut | None
    letter: LetterOut | None
    corrections: list[CorrectionOut]
    site_checks: list[SiteCheckOut]


class SiteCheckIn(BaseModel):
    """The school that looks, and at what: originals of these kinds of evidence, or the home."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"school": "fict-s1", "task": "originals", "kinds": ["home"]}]}
    )
    school: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")
    task: Task
    kinds: list[str] = Field(default_factory=list, max_length=20)


class SiteCheckMade(BaseModel):
    id: UUID


class SiteCheckLine(BaseModel):
    """A line of a school's list; the child's name is masked."""

    id: UUID
    task: Task
    kinds: list[str]
    status: SiteCheckStatus
    child: str
    asked_at: datetime
    due: datetime
    overdue: bool
    done_on: date | None


class SiteCheckPage(BaseModel):
    """Oldest first; `next` is the `after` of the next page."""

    site_checks: list[SiteCheckLine]
    next: UUID | None


class SiteCheckOpened(BaseModel):
    """The request with the child's name."""

    id: UUID
    task: Task
    kinds: list[str]
    child: str


class SiteCheckRecord(BaseModel):
    """What the school saw: a result for each original asked for; of a visit, a finding in a few sentences."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"done_on": "2026-06-12", "originals": {"home": "seen"}, "finding": None}]},
    )
    done_on: date
    originals: dict[str, Original] = Field(default_factory=dict, max_length=20)
    finding: str | None = Field(default=None, max_length=1000, repr=False)


class CorrectionIn(BaseModel):
    """The whole form as it is to be, facts and communities alone changed, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"form": EXAMPLE, "why": "居住日期填写有误。"}]}
    )
    form: Form = Field(repr=False)
    why: str = Field(min_length=5, max_length=1000, repr=False)


class CorrectionMade(BaseModel):
    id: UUID


class CorrectionDecision(BaseModel):
    """Whether it is accepted, and the answer for the family."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"accepted": True, "answer": "经核对，予以更正。"}]}
    )
    accepted: bool
    answer: str = Field(min_length=5, max_length=1000, repr=False)
