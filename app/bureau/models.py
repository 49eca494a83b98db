"""Simulations and what they found: apart from every round, bundle and run."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.database import TIMESTAMPTZ, BureauRow, belongs


class Simulation(BureauRow, table=True):
    """`scenario`: what is changed of the bundle, as JSON text, or empty. `found`: the document of the results, once
    the job has ended; counts and means alone, of nobody in particular."""

    __table_args__ = (
        CheckConstraint("draws BETWEEN 1 AND 100000", name="draws_within_limit"),
        CheckConstraint("btrim(reason) <> ''", name="reason_given"),
        belongs("admission_round", "round"),
        belongs("bundle", "bundle"),
        belongs("job", "job"),
    )
    round: UUID
    bundle: UUID
    job: UUID
    scenario: str = Field(sa_type=Text)
    seed: int
    draws: int
    reason: str = Field(sa_type=Text)
    requested_by: UUID
    requested_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    found: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class SimulationChances(SQLModel, table=True):
    """In how many draws each pseudonym was placed where, as CSV; for whoever may know the bundle."""

    __tablename__ = "simulation_chances"
    __table_args__ = (belongs("simulation", "simulation"),)
    bureau: str = Field(primary_key=True, sa_type=Text)
    simulation: UUID = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)
