"""API shapes of rounds. An output lists its fields; before a list is proposed none of them tells of a result."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.rounds.calendar import assumes_weekdays
from app.rounds.lifecycle import ObjectionPhase, ObjectionStatus, RoundStatus, RunStatus, shown, words
from app.rounds.models import DocumentKind, Silence
from app.rounds.public_files import Source
from app.rounds.rows import RoundRow
from app.rounds.service import Deadline
from app.schools.models import Stage

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
PersonalWords = Annotated[str, Field(min_length=1, max_length=4000, repr=False)]


class PlanRound(BaseModel):
    """A round to be planned; times carry their offset."""

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
    silence: Silence = Silence.ACCEPT
    distance_limit_m: int = Field(default=15_000, gt=0, le=200_000)
    demonstration: bool = False


class DocumentIn(BaseModel):
    """One public thing in both languages."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text_zh": "招生办法……", "text_en": "The rules …"}]}
    )
    text_zh: str = Field(min_length=1, max_length=100_000)
    text_en: str = Field(min_length=1, max_length=100_000)


class DocumentOut(BaseModel):
    kind: DocumentKind
    text_zh: str
    text_en: str
    digest: str


class RoundOut(BaseModel):
    """A round as this reader may know it.

    `deadline_assumed`: the deadline for objections counts weekdays, because the year's holiday notice is not at
    hand (in a demonstration alone).
    """

    id: UUID
    code: str
    stage: Stage
    year: int
    title_zh: str
    title_en: str
    ruleset: str
    as_of: date
    status: RoundStatus
    status_zh: str
    status_en: str
    version: int
    opens_at: datetime
    closes_at: datetime
    objections_until: datetime | None
    deadline_assumed: bool
    answers_until: datetime | None
    silence: Silence
    distance_limit_m: int
    draw_name: str | None
    draw_at: datetime | None
    root: str | None
    draw_value: str | None
    pass_number: int
    demonstration: bool

    @classmethod
    def of(cls, row: RoundRow, insider: bool) -> "RoundOut":
        status = shown(row.status, insider)
        zh, en = words(status)
        fields = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        assumed = row.demonstration and assumes_weekdays(row.objections_until)
        return cls(**{**fields, "status": status, "status_zh": zh, "status_en": en, "deadline_assumed": assumed})

    @property
    def etag(self) -> str:
        return f'W/"{self.version}-{self.status.value}"'


class RoundPage(BaseModel):
    """`next` is the `after` of the next page."""

    rounds: list[RoundOut]
    next: UUID | None


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


class FileOut(BaseModel):
    """A published file: fetch it at `files/{source}/{number}/{name}`; its bytes hash to `sha256`."""

    source: Source
    number: int
    status: str
    name: str
    bytes: int
    sha256: str


class ProofOut(BaseModel):
    """One's own child in a frozen bundle: `rows` under `salt` are leaf `leaf` of `leaves` below the manifest's
    `families` root, by `path` (RFC 9162, section 2.1.3; the leaf is SHA-256 over a zero byte and
    `allocation-family/1` LF salt LF rows)."""

    bundle: int
    pass_number: int
    status: str
    root: str
    pseudonym: str
    salt: str
    rows: str
    leaf: int
    leaves: int
    path: list[str]


class MaskedName(BaseModel):
    """Under which name the public points list shows the child."""

    shown: str


class ObjectionIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"words": "居住年限少算了一年。"}]})
    words: PersonalWords


class ObjectionFiled(BaseModel):
    id: UUID


class ObjectionBrief(BaseModel):
    id: UUID
    application: UUID
    phase: ObjectionPhase
    status: ObjectionStatus
    filed_at: datetime


class ObjectionPage(BaseModel):
    """`next` is the `after` of the next page."""

    objections: list[ObjectionBrief]
    next: UUID | None


class ObjectionOut(BaseModel):
    """An objection in clear, for its family and the caseworkers."""

    id: UUID
    round: UUID
    application: UUID
    phase: ObjectionPhase
    status: ObjectionStatus
    words: str = Field(repr=False)
    answer: str | None = Field(repr=False)
    filed_at: datetime
    decided_at: datetime | None


class ObjectionDecision(BaseModel):
    """Upheld or not, with an answer in words for the family."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"upheld": False, "answer": "经复核，居住登记为三年。"}]}
    )
    upheld: bool
    answer: PersonalWords
