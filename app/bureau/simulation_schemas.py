"""API shapes of simulations."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.bureau.models import Simulation

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Seats = Annotated[int, Field(ge=0, le=1_000_000)]


class ScenarioIn(BaseModel):
    """What is changed of the frozen bundle; what is not given stays. `reserves`: all rows, each programme,
    precedence, group, seats. `order`: the bundle's keys, each with < (smaller first) or >, and `ticket`. `ticket`: one
    for each applicant, or for each applicant and programme."""

    model_config = ConfigDict(extra="forbid")
    seats: dict[Name, Seats] | None = Field(default=None, max_length=10_000)
    reserves: list[tuple[Name, Annotated[int, Field(ge=1, le=1_000_000)], Name, Seats]] | None = Field(
        default=None, max_length=100_000
    )
    reserve_order: Annotated[str, Field(pattern="^(reserved|open)-first$")] | None = None
    order: list[Annotated[str, Field(pattern="^(ticket|[a-z_]{1,64}[<>])$")]] | None = Field(
        default=None, min_length=1, max_length=8
    )
    ticket: Annotated[str, Field(pattern="^per-(applicant|programme)$")] | None = None


class SimulationIn(BaseModel):
    """Draws are simulated from `seed`: the same seed gives the same draws, none of which can be the real one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "scenario": {"seats": {"330424-p01": 90}, "order": ["level<", "ticket"]},
                    "draws": 1000,
                    "seed": 1,
                    "reason": "虚构示例：增加两个班的学位 fictitious: two more classes",
                }
            ]
        },
    )
    scenario: ScenarioIn | None = None
    draws: int = Field(default=1000, ge=1, le=10_000)
    seed: int = Field(default=1, ge=0, le=2_147_483_647)
    reason: str = Field(min_length=1, max_length=1000, pattern=r"\S")


class SimulationAsked(BaseModel):
    """The simulation's id, and the job that reckons it: its progress is read there."""

    id: UUID
    job: UUID


class SimulationBrief(SimulationAsked):
    bundle: UUID
    draws: int
    seed: int
    reason: str
    requested_at: datetime
    finished: bool

    @classmethod
    def brief(cls, row: Simulation) -> "SimulationBrief":
        return cls(**_fields(row))


class SimulationOut(SimulationBrief):
    """`found`: measure by measure, as frozen, under the scenario, and the difference under the same draws; each with
    the mean, its 95% interval (`low`, `high`) and what the middle 95% of draws bring (`least`, `most`)."""

    found: dict[str, Any] | None

    @classmethod
    def of(cls, row: Simulation) -> "SimulationOut":
        return cls(**_fields(row), found=row.found)


def _fields(row: Simulation) -> dict[str, Any]:
    names = ("id", "job", "bundle", "draws", "seed", "reason", "requested_at")
    return {name: getattr(row, name) for name in names} | {"finished": row.found is not None}
