"""API shapes of rounds. An output lists its fields; before a list is proposed none of them tells of a result."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, computed_field

from app.applications.choices import Choice, Standing
from app.applications.choices import words as choice_words
from app.calendar import assumes_weekdays
from app.rounds.lifecycle import BundleStatus, ObjectionPhase, ObjectionStatus, RoundStatus, shown, words
from app.rounds.public_files import Source
from app.rounds.rows import RoundRow
from app.rounds.vocabulary import DocumentKind, FallbackOver, RoundKind, Silence
from app.schools.queries import ProgrammeSeats
from app.schools.vocabulary import OpenTo, Payer, Stage

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
PersonalWords = Annotated[str, Field(min_length=1, max_length=4000, repr=False)]


class DocumentOut(BaseModel):
    kind: DocumentKind
    text_zh: str
    text_en: str
    digest: str


class RoundOut(BaseModel):
    """A round as this reader may know it.

    `deadline_assumed`: the deadline for objections counts weekdays, because the year's holiday notice is not at
    hand (in a demonstration alone). `follows`: the round whose seats a late one gives. `place_within_days`: in a round
    within the year, how long a child may be without a place.
    """

    id: UUID
    code: str
    stage: Stage
    kind: RoundKind
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
    fallback: FallbackOver
    distance_limit_m: int
    draw_name: str | None
    draw_at: datetime | None
    root: str | None
    draw_value: str | None
    pass_number: int
    demonstration: bool
    follows: UUID | None
    place_within_days: int | None

    @classmethod
    def of(cls, row: RoundRow, insider: bool) -> "RoundOut":
        status = shown(row.status, insider)
        zh, en = words(status)
        fields = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        assumed = row.demonstration and assumes_weekdays(row.objections_until)
        return cls(**{**fields, "status": status, "status_zh": zh, "status_en": en, "deadline_assumed": assumed})

    @property
    def etag(self) -> str:
        return f'"{self.version}-{self.status.value}"'


class RoundPage(BaseModel):
    """`next` is the `after` of the next page."""

    rounds: list[RoundOut]
    next: UUID | None


class FileOut(BaseModel):
    """A published file: fetch it at `files/{source}/{number}/{name}`; its bytes hash to `sha256`.

    `bundle` says which bundle a run has solved: put its files beside that bundle's.
    """

    source: Source
    number: int
    bundle: int
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


class DepartureOut(BaseModel):
    """A child has left a round because it holds `offer`, a place in another round of the same stage and year."""

    id: UUID
    round: UUID
    pass_number: int
    application: UUID
    offer: UUID
    left_at: datetime

    @computed_field  # type: ignore[prop-decorator]
    @property
    def zh(self) -> str:
        return "该儿童在今年本学段招生的另一轮次中已有学位，因此退出本轮次；放弃那个学位后，可申请补录。"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def en(self) -> str:
        return (
            "The child has a place in another round of this year's admission to this stage and has left this one;"
            " once that place is given up, it can apply in a late round."
        )


class PublicDepartureOut(BaseModel):
    """`pseudonym`: as in the files of the round; its beginning is the name in the points list. `bundle`: the number of
    the one in which the child is not, or whose list gives it nothing; `status` that bundle's."""

    bundle: int
    pass_number: int
    status: BundleStatus
    pseudonym: str


class DeparturePage(BaseModel):
    """Oldest first; `next` is the `after` of the next page."""

    departures: list[DepartureOut]
    next: UUID | None


class ChoiceOut(BaseModel):
    """What a programme is to the family asked for. `right` and `group`: its own, listed or not; `claimed`: its own once
    the claim is confirmed; `group` and `town` may be ranked; `wish`: without priority; `closed`: cannot be listed, and
    `zh`, `en` say why. `fee_fen`: a term's fee."""

    programme: str
    school: str
    grade: int
    standing: Standing
    open_to: OpenTo
    payer: Payer
    fee_fen: int
    zh: str
    en: str

    @classmethod
    def of(cls, choice: Choice, row: ProgrammeSeats) -> "ChoiceOut":
        zh, en = choice_words(choice)
        paid = {"payer": Payer(row.payer), "fee_fen": row.fee_fen}
        return cls.model_validate({**asdict(choice), "grade": row.grade, **paid, "zh": zh, "en": en})
