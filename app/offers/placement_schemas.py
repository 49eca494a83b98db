"""API shapes of late rounds, of vacancies and of places within the year: no names."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.offers.late import SeatsLeft
from app.offers.overdue import WaitsFor
from app.rounds.service import RoundPlan
from app.rounds.vocabulary import Silence

IDENTIFIER = r"^[A-Za-z0-9._:-]{1,64}$"


class ProgrammeLeft(BaseModel):
    """`seats` are net; `held` are children's, with those above the seats; `left` is never below zero."""

    programme: str
    school: str
    grade: int
    seats: int
    held: int
    left: int


class SeatsLeftOut(BaseModel):
    """What a round has left; `digest` is what planning a late round confirms, once the round is `concluded`."""

    round: UUID
    concluded: bool
    left: int
    programmes: list[ProgrammeLeft]
    digest: str

    @classmethod
    def of(cls, found: SeatsLeft) -> Self:
        programmes = [
            ProgrammeLeft(
                programme=row.plan.id,
                school=row.plan.school,
                grade=row.plan.grade,
                seats=row.plan.seats,
                held=row.held,
                left=row.left,
            )
            for row in found.rows
        ]
        return cls(
            round=found.round,
            concluded=found.concluded,
            left=found.left,
            programmes=programmes,
            digest=found.digest,
        )


class PlanLateRound(BaseModel):
    """A late round; stage, year and programmes are those of the round before, `digest` that of its seats left."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "code": "330424-2026-primary-late",
                    "title_zh": "2026年小学一年级补录",
                    "title_en": "Late entry to grade 1, 2026",
                    "ruleset": "primary-2026",
                    "as_of": "2026-08-20",
                    "opens_at": "2026-08-20T09:00:00+08:00",
                    "closes_at": "2026-08-22T17:00:00+08:00",
                    "digest": "0" * 64,
                }
            ]
        },
    )
    code: str = Field(pattern=IDENTIFIER)
    title_zh: str = Field(min_length=1, max_length=200)
    title_en: str = Field(min_length=1, max_length=200)
    ruleset: str = Field(pattern=IDENTIFIER)
    as_of: date
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    silence: Silence = Silence.ACCEPT
    distance_limit_m: int = Field(default=15_000, gt=0, le=200_000)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")

    def plan(self) -> RoundPlan:
        """What is planned, before the round that it follows gives its stage and year."""
        return RoundPlan(**self.model_dump(exclude={"digest"}), stage="", year=0)


class LateRoundOut(BaseModel):
    """The late round, and the one that it follows."""

    round: UUID
    follows: UUID


class VacancyOut(BaseModel):
    """A school's grade: `room` in its `classes`, of which `reserved` are offered, in whichever round of the year, to
    children not yet arrived. `kept_for_draw`: a main or late round has places of this grade still to give; until it is
    concluded there are no vacancies. `purchased`: the bureau pays for them at a private school, and for no more than it
    has bought."""

    programme: str
    school: str
    grade: int
    classes: int
    room: int
    reserved: int
    vacancies: int
    kept_for_draw: bool
    purchased: bool


class PlacedOut(BaseModel):
    """Application → the offer made. `waiting`: applications for which no class has room; each stays a dated case."""

    offered: dict[UUID, UUID]
    waiting: list[UUID]


class OpenCaseOut(BaseModel):
    """A child without a place; `waits_for`: `papers` of the family, a `decision`, a `place`, or, within the year, the
    `draw` that has places of its grade to give first; of a `leaver` of the register, or of a child with an
    `invitation`, an `application`. `days_over`: whole days since its day has passed; `has_place`: it is a pupil
    elsewhere in the county, and moves; `alarmed_at`: when the passed day was recorded and journalled."""

    application: UUID | None
    leaver: UUID | None
    invitation: UUID | None
    grade: int
    residence_community: str | None
    place_by: datetime
    overdue: bool
    waits_for: WaitsFor
    days_over: int
    has_place: bool
    alarmed_at: datetime | None


class ConsideredOut(BaseModel):
    """A school that was asked. `because`: `right`, `wish`, `consortium` (or the town), `coordinated`. `result`:
    `no_vacancy`, `others_before` (who stand before the child there), or `offered`."""

    programme: str
    school: str
    because: str
    distance_m: int
    vacancies: int
    result: str


class PlacementOut(BaseModel):
    """The schools asked, in order, with the vacancies of that moment; the last one is offered."""

    considered: list[ConsideredOut]
    placed_at: datetime
