"""Offers and the pupils that come of them. An offer exists only once its list is public."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlmodel import Field

from app.database import TIMESTAMPTZ, PersonalRow, belongs, one_of
from app.offers.lifecycle import HOLDS_A_SEAT, OfferStatus


class Band(StrEnum):
    """How near the place is (domain, section 5)."""

    CATCHMENT = "catchment"
    CONSORTIUM = "consortium"
    WITHIN_LIMIT = "within_limit"
    BEYOND_LIMIT = "beyond_limit"


class Offer(PersonalRow, table=True):
    """A place offered to an application's child. `destination` is sealed: where a child that declines will study."""

    __table_args__ = (
        one_of("status", OfferStatus),
        one_of("band", Band),
        CheckConstraint("status <> 'declined' OR destination IS NOT NULL OR lapsed", name="declined_says_where"),
        Index(
            "one_seat_per_child_and_round",
            "bureau",
            "round",
            "application",
            unique=True,
            postgresql_where=text(f"status IN ({', '.join(repr(s.value) for s in HOLDS_A_SEAT)})"),
        ),
        Index("offers_of_a_guardian", "guardians", postgresql_using="gin"),
        Index("offers_of_a_school", "bureau", "round", "school", "status"),
        belongs("admission_round", "round"),
        belongs("application", "application"),
        belongs("programme", "programme"),
        belongs("allocation_run", "run"),
        belongs("two_person_act", "withdrawal_act"),
    )
    round: UUID
    application: UUID
    child: UUID
    run: UUID
    programme: str = Field(sa_type=Text)
    school: str = Field(sa_type=Text)
    rank: int
    seat: str = Field(sa_type=Text)
    band: str = Field(sa_type=Text)
    distance_m: int
    status: str = Field(default=OfferStatus.PROPOSED.value, sa_type=Text)
    lapsed: bool = False
    destination: bytes | None = Field(default=None, sa_type=LargeBinary)
    withdrawal_act: UUID | None = None
    issued_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    answered_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    reported_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)


class Pupil(PersonalRow, table=True):
    """A child that has arrived; there is no pupil without an offer (Chile's 31,531 enrolled outside the order)."""

    __table_args__ = (
        UniqueConstraint("bureau", "offer", name="one_pupil_per_offer"),
        belongs("offer", "offer"),
        belongs("child", "child"),
        belongs("school", "school"),
    )
    child: UUID
    school: str = Field(sa_type=Text)
    offer: UUID
    enrolled_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
