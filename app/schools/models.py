"""Towns, communities, schools, catchments, feeders, programmes with the seats already taken, and classes; of
kindergartens what they file and how many children they have."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.database import TIMESTAMPTZ, BureauRow, NamedRow, belongs, one_of
from app.schools.vocabulary import AgeClass, OpenTo, Payer
from app.schools.vocabulary import Ownership as Ownership
from app.schools.vocabulary import Stage as Stage

DATES_IN_ORDER = "valid_to IS NULL OR valid_to >= valid_from"
AGE_CLASSES = ", ".join(f"'{one.value}'" for one in AgeClass)
IDENTIFIER = "id ~ '^[A-Za-z0-9._:-]{1,64}$'"  # as in allocation-bundle/1; and no comma, which the context forbids


class Town(NamedRow, table=True):
    """A town or subdistrict (GB/T 2260, nine digits) with its dates and the code that replaced it.

    The position is that of its centre, approximate; `fictitious` marks invented figures.
    """

    __table_args__ = (
        CheckConstraint(DATES_IN_ORDER, name="dates_in_order"),
        CheckConstraint("succeeded_by IS NULL OR (valid_to IS NOT NULL AND succeeded_by <> id)", name="succeeded_ends"),
        # Deferred, because a file may name the successor on a later line.
        ForeignKeyConstraint(
            ["bureau", "succeeded_by"],
            ["town.bureau", "town.id"],
            name="succeeded_by_belongs_to_town",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None = None
    succeeded_by: str | None = Field(default=None, sa_type=Text)
    east_m: int = 0
    north_m: int = 0
    fictitious: bool = False


class Community(NamedRow, table=True):
    """A village or neighbourhood committee; position in metres east and north of the county's origin."""

    __table_args__ = (CheckConstraint(DATES_IN_ORDER, name="dates_in_order"), belongs("town", "town"))
    name: str = Field(sa_type=Text)
    town: str = Field(sa_type=Text)
    east_m: int
    north_m: int
    valid_from: date
    valid_to: date | None = None
    fictitious: bool = False


class School(NamedRow, table=True):
    """`id` is also its organisation's id. `consortium` is empty where it belongs to none.

    `inclusive` (普惠性) and `kindergarten_level` (1 the highest) speak of kindergartens alone; the level holds up to
    and including the day of its re-check, where one is set.
    """

    __table_args__ = (
        one_of("ownership", Ownership),
        CheckConstraint(
            "cardinality(stages) > 0 AND stages <@ ARRAY['preschool', 'primary', 'junior', 'special']",
            name="stages_known",
        ),
        CheckConstraint("kindergarten_level BETWEEN 1 AND 3", name="kindergarten_level_known"),
        CheckConstraint("level_recheck_on IS NULL OR kindergarten_level IS NOT NULL", name="recheck_of_a_level"),
        CheckConstraint(IDENTIFIER, name="id_is_identifier"),
        CheckConstraint(DATES_IN_ORDER, name="dates_in_order"),
        belongs("town", "town"),
        belongs("organisation", "id"),
    )
    name: str = Field(sa_type=Text)
    ownership: str = Field(sa_type=Text)
    stages: list[str] = Field(sa_type=ARRAY(Text))
    town: str = Field(sa_type=Text)
    inclusive: bool | None = None
    kindergarten_level: int | None = None
    level_recheck_on: date | None = None
    consortium: str = Field(default="", sa_type=Text)
    official_code: str = Field(default="", sa_type=Text)
    east_m: int
    north_m: int
    valid_from: date
    valid_to: date | None = None
    fictitious: bool = False


class Catchment(BureauRow, table=True):
    """A community belongs to a school at a stage; several rows for one community make a group of schools."""

    __table_args__ = (
        one_of("stage", Stage),
        CheckConstraint(DATES_IN_ORDER, name="dates_in_order"),
        UniqueConstraint("bureau", "stage", "community", "school", "valid_from", name="catchment_known_once"),
        belongs("community", "community"),
        belongs("school", "school"),
    )
    stage: str = Field(sa_type=Text)
    community: str = Field(sa_type=Text)
    school: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None = None
    fictitious: bool = False


class Feeder(BureauRow, table=True):
    """The leavers of a primary school have a right at a junior school (对口); several rows make several schools.

    A nine-year school feeds itself.
    """

    __table_args__ = (
        CheckConstraint(DATES_IN_ORDER, name="dates_in_order"),
        UniqueConstraint("bureau", "primary", "junior", "valid_from", name="feeder_known_once"),
        belongs("school", "primary"),
        belongs("school", "junior"),
    )
    primary: str = Field(sa_type=Text)
    junior: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None = None
    fictitious: bool = False


class Programme(NamedRow, table=True):
    """School × entry grade × round, in kindergartens by class of age (`age_class`, empty at other stages).

    Gross seats = classes × class size; net seats: see `queries.net_seats`. `open_to`: who may list it as a wish.
    `fee_fen`: what a family pays a term, in 1/100 yuan; 0 where `payer` is the bureau.
    """

    __table_args__ = (
        CheckConstraint("classes BETWEEN 0 AND 100", name="classes_plausible"),
        CheckConstraint("class_size BETWEEN 1 AND 60", name="class_size_plausible"),
        CheckConstraint(IDENTIFIER, name="id_is_identifier"),
        one_of("open_to", OpenTo),
        one_of("payer", Payer),
        CheckConstraint("fee_fen >= 0", name="fee_never_negative"),
        CheckConstraint("payer <> 'bureau' OR fee_fen = 0", name="purchased_without_fee"),
        CheckConstraint(f"age_class IN ('', {AGE_CLASSES})", name="age_class_known"),
        UniqueConstraint("bureau", "round", "school", "grade", "age_class", name="programme_known_once"),
        belongs("admission_round", "round"),
        belongs("school", "school"),
    )
    round: UUID
    school: str = Field(sa_type=Text)
    grade: int
    age_class: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    classes: int
    class_size: int
    open_to: str = Field(default=OpenTo.ANYONE.value, sa_type=Text, sa_column_kwargs={"server_default": "anyone"})
    payer: str = Field(default=Payer.FAMILY.value, sa_type=Text, sa_column_kwargs={"server_default": "family"})
    fee_fen: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    fictitious: bool = False


class SeatSettlement(BureauRow, table=True):
    """Seats taken by a decision before the freeze, and by how much that decision makes its class smaller.

    `decision` is the decision's reference, never a person's name or number. Where `held_in` names a round, the seats
    are those that children hold there, in the round that this one follows: fixed once written.
    """

    __tablename__ = "seat_settlement"
    __table_args__ = (
        CheckConstraint("seats >= 0 AND class_reduction >= 0", name="never_negative"),
        CheckConstraint("btrim(decision) <> ''", name="decision_named"),
        UniqueConstraint("bureau", "programme", "decision", name="decision_settles_once"),
        belongs("programme", "programme"),
        belongs("admission_round", "held_in"),
    )
    programme: str = Field(sa_type=Text)
    seats: int
    class_reduction: int = 0
    decision: str = Field(sa_type=Text)
    held_in: UUID | None = None


class SchoolClass(BureauRow, table=True):
    """A class as its school's office reports it: how many pupils it may hold, and holds.

    `year` is the one in which its school year began. Vacancies within the year follow from these rows alone.
    """

    __tablename__ = "school_class"
    __table_args__ = (
        CheckConstraint("grade BETWEEN 0 AND 9", name="grade_plausible"),
        CheckConstraint("number BETWEEN 1 AND 100", name="number_plausible"),
        CheckConstraint("size_limit BETWEEN 0 AND 60", name="size_limit_plausible"),
        CheckConstraint("pupils BETWEEN 0 AND 100", name="pupils_plausible"),
        UniqueConstraint("bureau", "year", "school", "grade", "number", name="class_known_once"),
        belongs("school", "school"),
    )
    year: int
    school: str = Field(sa_type=Text)
    grade: int
    number: int
    size_limit: int
    pupils: int
    fictitious: bool = False


class Prospectus(BureauRow, table=True):
    """What a kindergarten files for a year before it takes part in the admission: plan, prospectus (招生简章), fees.

    A new filing has the next `number`; none is changed. It is public from `published_at`. Fees are in fen (1/100
    yuan) a child and month.
    """

    __table_args__ = (
        UniqueConstraint("bureau", "school", "year", "number", name="prospectus_numbered_once"),
        CheckConstraint("care_fee_fen >= 0 AND meals_fee_fen >= 0", name="fees_never_negative"),
        CheckConstraint("(published_at IS NULL) = (published_by IS NULL)", name="published_by_somebody"),
        belongs("school", "school"),
    )
    school: str = Field(sa_type=Text)
    year: int
    number: int
    plan_zh: str = Field(sa_type=Text)
    plan_en: str = Field(sa_type=Text)
    text_zh: str = Field(sa_type=Text)
    text_en: str = Field(sa_type=Text)
    care_fee_fen: int
    meals_fee_fen: int
    other_fees_zh: str = Field(sa_type=Text)
    other_fees_en: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    filed_by: UUID
    filed_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    published_by: UUID | None = None
    published_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    fictitious: bool = False


class KindergartenEnrolment(BureauRow, table=True):
    """How many children a kindergarten has in a class of age, at the beginning of the school year that begins in
    `year`: those just admitted included."""

    __tablename__ = "kindergarten_enrolment"
    __table_args__ = (
        one_of("age_class", AgeClass),
        CheckConstraint("children >= 0", name="never_negative"),
        UniqueConstraint("bureau", "school", "year", "age_class", name="enrolment_counted_once"),
        belongs("school", "school"),
    )
    school: str = Field(sa_type=Text)
    year: int
    age_class: str = Field(sa_type=Text)
    children: int
    fictitious: bool = False
