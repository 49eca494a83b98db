"""Offers and the pupils that come of them. An offer exists only once its list is public."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.database import TIMESTAMPTZ, BureauRow, PersonalRow, belongs, one_of
from app.offers.lifecycle import EXPECTED, HOLDS_A_SEAT, OfferStatus
from app.offers.vocabulary import Band, Ground, LeftBecause

NOT_YET_ARRIVED = tuple(s for s in EXPECTED if s is not OfferStatus.ARRIVED)


def _among(statuses: Iterable[OfferStatus]) -> str:
    return f"status IN ({', '.join(repr(status.value) for status in statuses)})"


class Offer(PersonalRow, table=True):
    """A place offered to an application's child. `schools` names the school while it counts on the child.

    `settled_in`: the pass in which the family (or its silence: `lapsed`) or the bureau's withdrawal gave it its
    present status. `replaces`: the offer of an earlier pass that this better one superseded. `destination`, where a
    child that declines will study, and `withdrawal_reason` are sealed with the child's key. Where `seat` is
    `exception`, two persons gave the place beside the result (OfferException); where it is `within_year`, no run gave
    it (OfferPlacement), and who declines waits for another; there `leaves` is the offer by which the child is a pupil
    elsewhere, until it arrives here. `stage` and `year` are the round's, written by the
    database: in the rounds of one entry a child holds one place.
    """

    __table_args__ = (
        one_of("status", OfferStatus),
        one_of("band", Band),
        CheckConstraint(
            "status <> 'declined' OR destination IS NOT NULL OR lapsed OR seat = 'within_year'",
            name="declined_says_where",
        ),
        CheckConstraint("(seat = 'within_year') = (run IS NULL)", name="within_year_without_run"),
        CheckConstraint(
            "status <> 'withdrawn' OR (withdrawal_act IS NOT NULL AND withdrawal_reason IS NOT NULL)",
            name="withdrawn_says_why",
        ),
        Index(
            "one_seat_per_child_and_entry",
            "bureau",
            "stage",
            "year",
            "child",
            unique=True,
            postgresql_where=text(f"{_among(HOLDS_A_SEAT)} AND (leaves IS NULL OR status = 'arrived')"),
        ),
        Index(
            "one_move_per_child",
            "bureau",
            "child",
            unique=True,
            postgresql_where=text(f"leaves IS NOT NULL AND {_among(NOT_YET_ARRIVED)}"),
        ),
        CheckConstraint("leaves IS NULL OR seat = 'within_year'", name="only_within_the_year"),
        Index("offers_of_a_child", "bureau", "child"),
        Index("offers_of_a_school", "bureau", "round", "school", "status"),
        UniqueConstraint("bureau", "id", "child", "school", name="offer_of_a_child_at_a_school"),
        belongs("admission_round", "round"),
        ForeignKeyConstraint(
            ["bureau", "round", "stage", "year"],
            ["admission_round.bureau", "admission_round.id", "admission_round.stage", "admission_round.year"],
            name="offer_of_its_entry",
        ),
        belongs("application", "application"),
        belongs("child", "child"),
        belongs("programme", "programme"),
        belongs("school", "school"),
        belongs("allocation_run", "run"),
        belongs("offer", "replaces"),
        belongs("offer", "leaves"),
        belongs("two_person_act", "withdrawal_act"),
    )
    round: UUID
    stage: str = Field(default="", sa_type=Text)
    year: int = 0
    application: UUID
    child: UUID
    run: UUID | None = None
    replaces: UUID | None = None
    leaves: UUID | None = None
    programme: str = Field(sa_type=Text)
    school: str = Field(sa_type=Text)
    rank: int
    seat: str = Field(sa_type=Text)
    band: str = Field(sa_type=Text)
    distance_m: int
    status: str = Field(default=OfferStatus.PROPOSED.value, sa_type=Text)
    settled_in: int | None = None
    lapsed: bool = False
    destination: bytes | None = Field(default=None, sa_type=LargeBinary)
    withdrawal_act: UUID | None = None
    withdrawal_reason: bytes | None = Field(default=None, sa_type=LargeBinary)
    issued_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    answered_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    reported_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)


class OfferException(PersonalRow, table=True):
    """Why an offer stands beside the result: `id` is the offer's, `act` names both persons, `pass_number` is the pass
    from which the child has left the market; `reason` is sealed with the child's key. `ground`: wherein the authority
    erred, None where a twin was parted. `excess`: by how many children the classes then stood above their limits."""

    __tablename__ = "offer_exception"
    __table_args__ = (
        one_of("ground", Ground),
        UniqueConstraint("bureau", "round", "application", name="one_exception_per_child_and_round"),
        # Deferred, because the offer asks for this row when it is made.
        ForeignKeyConstraint(
            ["bureau", "id"],
            ["offer.bureau", "offer.id"],
            name="id_belongs_to_offer",
            deferrable=True,
            initially="DEFERRED",
        ),
        belongs("admission_round", "round"),
        belongs("application", "application"),
        belongs("two_person_act", "act"),
    )
    round: UUID
    application: UUID
    act: UUID
    pass_number: int
    reason: bytes = Field(sa_type=LargeBinary)
    ground: str | None = Field(default=None, sa_type=Text)
    excess: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    admitted_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})


class OfferPlacement(PersonalRow, table=True):
    """How a place within the year was found: `id` is the offer's. `considered`: the programmes in the order in which
    they were asked for, each with its vacancies at that moment and why it was passed over; the last one is offered."""

    __tablename__ = "offer_placement"
    __table_args__ = (belongs("offer", "id"),)
    considered: list[dict[str, Any]] = Field(sa_type=JSONB)
    placed_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})


class Pupil(PersonalRow, table=True):
    """A child that has arrived where it was offered a place: the database knows no pupil without that very offer
    (Chile's 31,531 enrolled outside the order).

    The record ends (`left_at`, `left_because`), and is kept, where the child arrives by another offer (`left_for`): the
    database does both in one step. `left_class`: of the school left, the class that has one pupil fewer since.
    """

    __table_args__ = (
        CheckConstraint(
            f"left_because IN ({', '.join(repr(why.value) for why in LeftBecause)})", name="left_because_known"
        ),
        CheckConstraint(
            "(left_at IS NULL) = (left_because IS NULL) AND (left_at IS NULL) = (left_for IS NULL)",
            name="left_says_why",
        ),
        Index("one_school_per_pupil", "bureau", "child", unique=True, postgresql_where=text("left_at IS NULL")),
        UniqueConstraint("bureau", "offer", name="one_pupil_per_offer"),
        ForeignKeyConstraint(
            ["bureau", "offer", "child", "school"],
            ["offer.bureau", "offer.id", "offer.child", "offer.school"],
            name="pupil_was_offered_this_school",
        ),
    )
    child: UUID
    school: str = Field(sa_type=Text)
    offer: UUID
    enrolled_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    left_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    left_because: str | None = Field(default=None, sa_type=Text)
    left_for: UUID | None = None
    left_class: UUID | None = None


class OverdueAlarm(BureauRow, table=True):
    """A child was without a place on the day by which it was to have one: raised by a job, once for a case and day."""

    __tablename__ = "overdue_alarm"
    __table_args__ = (
        UniqueConstraint("bureau", "application", "place_by", name="alarm_raised_once"),
        belongs("admission_round", "round"),
        belongs("application", "application"),
    )
    round: UUID
    application: UUID
    place_by: datetime = Field(sa_type=TIMESTAMPTZ)
    raised_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
