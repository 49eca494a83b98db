"""API shapes of schools, places, seats and imports. `fictitious` is true wherever a shown figure is invented."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.schools.difference import Change, Shown
from app.schools.findings import Finding
from app.schools.imports import Report
from app.schools.layouts import Kind
from app.schools.models import School
from app.schools.vocabulary import OpenTo, Ownership, Payer, Stage

IDENTIFIER = r"^[A-Za-z0-9._:-]{1,64}$"


class TownOut(BaseModel):
    """A town on the date asked for; positions here and below are metres east and north of the county's origin."""

    id: str
    name: str
    kind: str
    valid_from: date
    valid_to: date | None
    succeeded_by: str | None
    east_m: int
    north_m: int
    fictitious: bool


class SchoolOut(BaseModel):
    """`level_lapsed`: the day of the level's re-check has passed; the kindergarten then does not count as graded."""

    id: str
    name: str
    ownership: Ownership
    stages: list[Stage]
    town: str
    consortium: str
    inclusive: bool | None
    kindergarten_level: int | None
    level_recheck_on: date | None
    level_lapsed: bool
    official_code: str
    east_m: int
    north_m: int
    valid_from: date
    valid_to: date | None
    fictitious: bool

    @classmethod
    def of(cls, row: School, on: date) -> "SchoolOut":
        lapsed = row.level_recheck_on is not None and row.level_recheck_on < on
        return cls.model_validate({**row.model_dump(), "level_lapsed": lapsed})


class SchoolPage(BaseModel):
    """By id; `next` is the `after` of the next page, absent on the last."""

    schools: list[SchoolOut]
    next: str | None


class CommunityOut(BaseModel):
    id: str
    name: str
    town: str
    east_m: int
    north_m: int
    valid_from: date
    valid_to: date | None
    fictitious: bool


class CommunityPage(BaseModel):
    """By id; `next` is the `after` of the next page, absent on the last."""

    communities: list[CommunityOut]
    next: str | None


class CatchmentOut(BaseModel):
    """A community and its school, or the group of schools that it belongs to."""

    community: str
    schools: list[str]
    fictitious: bool


class FeederOut(BaseModel):
    """The leavers of the primary school have a right at these junior schools."""

    primary: str
    juniors: list[str]
    fictitious: bool


class CatchmentPage(BaseModel):
    """By community; `next` is the `after` of the next page, absent on the last."""

    catchments: list[CatchmentOut]
    next: str | None


class ProgrammeOut(BaseModel):
    """`seats` is what the draw may give: classes × class size, less what decisions took. Within the year there is no
    draw and it is 0: vacancies follow from the classes that schools report. `age_class`: a kindergarten's class, empty
    at other stages. `open_to`: who may list it as a wish; whoever has a right there has it in any case. `fee_fen`: what
    a family pays a term, in 1/100 yuan."""

    id: str
    school: str
    grade: int
    age_class: str
    classes: int
    class_size: int
    seats: int
    open_to: OpenTo
    payer: Payer
    fee_fen: int
    fictitious: bool


class FindingOut(BaseModel):
    """A refusal or a flag: where, what, and what to do, in both languages."""

    line: int | None
    column: str | None
    reason: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str

    @classmethod
    def of(cls, finding: Finding) -> "FindingOut":
        return cls(line=finding.line, column=finding.column, reason=finding.reason, **finding.words())


class FieldChange(BaseModel):
    before: Shown
    after: Shown


class ChangeOut(BaseModel):
    """A row added or changed; only the fields that differ."""

    line: int
    name: str
    fields: dict[str, FieldChange]

    @classmethod
    def of(cls, change: Change) -> "ChangeOut":
        fields = {field: FieldChange(before=old, after=new) for field, (old, new) in change.fields.items()}
        return cls(line=change.row.line, name=change.name, fields=fields)


class ReportOut(BaseModel):
    """What a file would change, or changed. With problems there is no difference and no `digest` to confirm.

    `absent` stand and are not in the file; they stay. `seats_before` and `seats_after` are the round's, gross.
    """

    kind: Kind
    file: str
    rows: int
    problems: list[FindingOut]
    flags: list[FindingOut]
    added: list[ChangeOut]
    changed: list[ChangeOut]
    unchanged: int
    absent: list[str]
    seats_before: int | None
    seats_after: int | None
    digest: str | None

    @classmethod
    def of(cls, report: Report) -> "ReportOut":
        difference = report.difference
        return cls(
            kind=report.file.kind,
            file=report.file.name,
            rows=report.rows,
            problems=[FindingOut.of(finding) for finding in report.problems],
            flags=[FindingOut.of(finding) for finding in report.flags],
            added=[ChangeOut.of(change) for change in difference.added],
            changed=[ChangeOut.of(change) for change in difference.changed],
            unchanged=difference.unchanged,
            absent=list(difference.absent),
            seats_before=report.seats[0] if report.seats else None,
            seats_after=report.seats[1] if report.seats else None,
            digest=report.digest,
        )


class PlanProgramme(BaseModel):
    """A programme as it shall stand; said again with other classes or size, it changes."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "hy-p02-2026",
                    "round": "01990000-0000-7000-8000-000000000001",
                    "school": "hy-p02",
                    "grade": 1,
                    "classes": 6,
                    "class_size": 45,
                }
            ]
        },
    )
    id: str = Field(pattern=IDENTIFIER)
    round: UUID
    school: str = Field(pattern=IDENTIFIER)
    grade: int = Field(ge=0, le=9)
    classes: int = Field(ge=0, le=100)
    class_size: int = Field(ge=1, le=60)
    age_class: Literal["", "three", "four", "five", "mixed"] = ""
    open_to: OpenTo = OpenTo.ANYONE
    payer: Payer = Payer.FAMILY
    fee_fen: int = Field(default=0, ge=0, le=100_000_000)


class Planned(BaseModel):
    """`flags` are for a person to weigh; the plan stands."""

    id: str
    flags: list[FindingOut]


class SettleSeats(BaseModel):
    """What a decision takes. `decision` is its reference: never a name or an identity number."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"seats": 1, "class_reduction": 2, "decision": "HJT-2026-003"}]}
    )
    seats: int = Field(ge=0, le=6000)
    class_reduction: int = Field(ge=0, le=6000)
    decision: str = Field(min_length=1, max_length=64)


class Settled(BaseModel):
    id: UUID
    programme: str
    seats: int
    class_reduction: int
    decision: str


class ClassIn(BaseModel):
    """A class as it stands: how many pupils it may hold (0: takes nobody) and holds."""

    model_config = ConfigDict(extra="forbid")
    grade: int = Field(ge=0, le=9)
    number: int = Field(ge=1, le=100)
    size_limit: int = Field(ge=0, le=60)
    pupils: int = Field(ge=0, le=100)


class ClassesIn(BaseModel):
    """A school's classes; those that are not named stay as they are."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"classes": [{"grade": 3, "number": 1, "size_limit": 45, "pupils": 43}]}]},
    )
    classes: list[ClassIn] = Field(min_length=1, max_length=500)


class ClassOut(BaseModel):
    """A class of the school year that began in `year`."""

    year: int
    grade: int
    number: int
    size_limit: int
    pupils: int
    fictitious: bool


class ClassesChanged(BaseModel):
    """How many classes were new or changed."""

    changed: int
