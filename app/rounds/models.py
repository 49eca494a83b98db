"""Rounds, what is public about them, frozen bundles, the ledger of runs, and objections."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.database import TIMESTAMPTZ, BureauRow, PersonalRow, belongs, one_of
from app.rounds.lifecycle import BundleStatus, ObjectionPhase, ObjectionStatus, RoundStatus, RunStatus
from app.rounds.vocabulary import DocumentKind as DocumentKind
from app.rounds.vocabulary import FallbackOver
from app.rounds.vocabulary import RoundKind as RoundKind
from app.rounds.vocabulary import Silence as Silence
from app.schools.vocabulary import Stage


class AdmissionRound(BureauRow, table=True):
    """`code` is the bundle's round; `as_of` the date on which facts are judged; deadlines are the database's.

    `follows`: the concluded round over whose seats a late round is held. `place_within_days`: for how many days at
    most a child may be without a place, in a round within the year, which knows neither ranking nor draw.
    `demonstration` marks a fictitious round: only such a round's deadlines may be brought forward.
    """

    __tablename__ = "admission_round"
    __table_args__ = (
        one_of("status", RoundStatus),
        one_of("stage", Stage),
        one_of("kind", RoundKind),
        one_of("silence", Silence),
        one_of("fallback", FallbackOver),
        UniqueConstraint("bureau", "code", name="round_known_once"),
        UniqueConstraint("bureau", "id", "stage", "year", name="round_of_one_entry"),
        CheckConstraint("opens_at < closes_at", name="window_in_order"),
        CheckConstraint("distance_limit_m > 0", name="distance_limit_positive"),
        CheckConstraint("(kind = 'late') = (follows IS NOT NULL)", name="late_follows_a_round"),
        CheckConstraint("(kind = 'within_year') = (place_within_days IS NOT NULL)", name="within_year_has_a_bound"),
        CheckConstraint("place_within_days BETWEEN 0 AND 90", name="place_within_days_plausible"),
        CheckConstraint(
            "kind <> 'within_year' OR status IN ('planned', 'published', 'open', 'closed')", name="within_year_undrawn"
        ),
        UniqueConstraint("bureau", "follows", name="round_followed_once"),
        Index(
            "one_round_within_a_year",
            "bureau",
            "stage",
            "year",
            unique=True,
            postgresql_where=text("kind = 'within_year'"),
        ),
        belongs("ruleset", "ruleset"),
        belongs("admission_round", "follows"),
    )
    code: str = Field(sa_type=Text)
    stage: str = Field(sa_type=Text)
    kind: str = Field(default=RoundKind.MAIN.value, sa_type=Text, sa_column_kwargs={"server_default": "main"})
    year: int
    title_zh: str = Field(sa_type=Text)
    title_en: str = Field(sa_type=Text)
    ruleset: str = Field(sa_type=Text)
    as_of: date
    status: str = Field(default=RoundStatus.PLANNED.value, sa_type=Text)
    version: int = 1
    opens_at: datetime = Field(sa_type=TIMESTAMPTZ)
    closes_at: datetime = Field(sa_type=TIMESTAMPTZ)
    objections_until: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    answers_until: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    silence: str = Field(default=Silence.ACCEPT.value, sa_type=Text)
    fallback: str = Field(
        default=FallbackOver.NONE.value, sa_type=Text, sa_column_kwargs={"server_default": FallbackOver.NONE.value}
    )
    distance_limit_m: int = 15_000
    draw_name: str | None = Field(default=None, sa_type=Text)
    draw_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    root: str | None = Field(default=None, sa_type=Text)
    draw_value: str | None = Field(default=None, sa_type=Text)
    pass_number: int = 1
    demonstration: bool = False
    follows: UUID | None = None
    place_within_days: int | None = None


class RoundKey(BureauRow, table=True):
    """The round's secret (`id` is the round's), wrapped: pseudonyms, lottery units and salts come from it."""

    __tablename__ = "round_key"
    __table_args__ = (belongs("admission_round", "id"),)
    version: int
    wrapped: bytes = Field(sa_type=LargeBinary)


class RoundDocument(BureauRow, table=True):
    """One of the seven public things, in both languages."""

    __tablename__ = "round_document"
    __table_args__ = (
        one_of("kind", DocumentKind),
        UniqueConstraint("bureau", "round", "kind", name="document_of_a_kind_once"),
        belongs("admission_round", "round"),
    )
    round: UUID
    kind: str = Field(sa_type=Text)
    text_zh: str = Field(sa_type=Text)
    text_en: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)


class PointsList(BureauRow, table=True):
    """The masked points list as published, byte for byte; a rectified one gets the next number, none is deleted."""

    __tablename__ = "points_list"
    __table_args__ = (
        UniqueConstraint("bureau", "round", "number", name="points_list_numbered_once"),
        belongs("admission_round", "round"),
    )
    round: UUID
    number: int
    content: bytes = Field(sa_type=LargeBinary)
    digest: str = Field(sa_type=Text)
    published_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})


class ListedApplicant(SQLModel, table=True):
    """Under which masked name an application stands in a points list; for its own guardians."""

    __tablename__ = "listed_applicant"
    __table_args__ = (belongs("points_list", "points_list"), belongs("application", "application"))
    bureau: str = Field(primary_key=True, sa_type=Text)
    points_list: UUID = Field(primary_key=True)
    application: UUID = Field(primary_key=True)
    guardians: list[UUID] = Field(sa_type=ARRAY(Uuid))
    shown: str = Field(sa_type=Text)


class Bundle(BureauRow, table=True):
    """A frozen problem in `allocation-bundle/1`; `pass_number` counts later passes, `number` new freezes."""

    __table_args__ = (
        one_of("status", BundleStatus),
        UniqueConstraint("bureau", "round", "number", name="bundle_numbered_once"),
        CheckConstraint("(status = 'void') = (void_reason IS NOT NULL)", name="void_has_reason"),
        belongs("admission_round", "round"),
        belongs("two_person_act", "draw_act"),
    )
    round: UUID
    number: int
    pass_number: int
    status: str = Field(default=BundleStatus.FROZEN.value, sa_type=Text)
    root: str = Field(sa_type=Text)
    parent_run: UUID | None = None
    draw_act: UUID | None = None
    frozen_by: UUID
    frozen_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    published: bool = False
    void_reason: str | None = Field(default=None, sa_type=Text)


class BundleFile(SQLModel, table=True):
    """A file of a bundle, byte for byte."""

    __tablename__ = "bundle_file"
    __table_args__ = (belongs("bundle", "bundle"),)
    bureau: str = Field(primary_key=True, sa_type=Text)
    bundle: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True, sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    published: bool = False


class BundleApplicant(SQLModel, table=True):
    """Which application stands behind a pseudonym. Once published, a child's guardians see their own row alone:
    `salt`, `rows` and `path` prove that these rows are leaf `leaf` of `leaves` under the bundle's `families` root.
    Child and community are kept as they were frozen: what changes afterwards does not reach the result."""

    __tablename__ = "bundle_applicant"
    __table_args__ = (
        UniqueConstraint("bureau", "bundle", "application", name="application_bundled_once"),
        belongs("bundle", "bundle"),
        belongs("application", "application"),
    )
    bureau: str = Field(primary_key=True, sa_type=Text)
    bundle: UUID = Field(primary_key=True)
    pseudonym: str = Field(primary_key=True, sa_type=Text)
    application: UUID
    child: UUID
    residence_community: str = Field(sa_type=Text)
    guardians: list[UUID] = Field(sa_type=ARRAY(Uuid))
    salt: bytes = Field(sa_type=LargeBinary)
    rows: bytes = Field(sa_type=LargeBinary)
    leaf: int
    leaves: int
    path: list[str] = Field(sa_type=ARRAY(Text))
    published: bool = False


class Departure(PersonalRow, table=True):
    """An application's child is no longer in a bundle, or gets no place from it, because it holds `offer`, a place in
    another round of the same stage and year."""

    __tablename__ = "round_departure"
    __table_args__ = (
        UniqueConstraint("bureau", "bundle", "application", name="application_leaves_bundle_once"),
        Index("departures_of_a_round", "bureau", "round"),
        belongs("admission_round", "round"),
        belongs("bundle", "bundle"),
        belongs("application", "application"),
        belongs("offer", "offer"),
    )
    round: UUID
    bundle: UUID
    pass_number: int
    application: UUID
    offer: UUID
    left_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})


class DepartedPseudonym(SQLModel, table=True):
    """Who has left a bundle, as whoever replays it meets the child: by its pseudonym in the round. Published with the
    bundle, and tied to nobody: the application is in Departure."""

    __tablename__ = "departed_pseudonym"
    __table_args__ = (belongs("bundle", "bundle"),)
    bureau: str = Field(primary_key=True, sa_type=Text)
    bundle: UUID = Field(primary_key=True)
    pseudonym: str = Field(primary_key=True, sa_type=Text)
    published: bool = False


class AllocationRun(BureauRow, table=True):
    """The ledger: every run with its reason, none deleted. Published only with the act of a second person."""

    __tablename__ = "allocation_run"
    __table_args__ = (
        one_of("status", RunStatus),
        UniqueConstraint("bureau", "round", "number", name="run_numbered_once"),
        CheckConstraint("btrim(reason) <> ''", name="reason_given"),
        CheckConstraint("status <> 'published' OR approval_act IS NOT NULL", name="published_by_two"),
        Index(
            "one_published_run_per_bundle",
            "bureau",
            "bundle",
            unique=True,
            postgresql_where=text("status = 'published'"),
        ),
        belongs("admission_round", "round"),
        belongs("bundle", "bundle"),
        belongs("two_person_act", "approval_act"),
        belongs("job", "job"),
    )
    round: UUID
    bundle: UUID
    number: int
    reason: str = Field(sa_type=Text)
    status: str = Field(default=RunStatus.QUEUED.value, sa_type=Text)
    job: UUID
    digest: str | None = Field(default=None, sa_type=Text)
    verdict: str | None = Field(default=None, sa_type=Text)
    approval_act: UUID | None = None
    requested_by: UUID
    requested_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    published: bool = False


class RunFile(SQLModel, table=True):
    """A file of a result, byte for byte."""

    __tablename__ = "run_file"
    __table_args__ = (belongs("allocation_run", "run"),)
    bureau: str = Field(primary_key=True, sa_type=Text)
    run: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True, sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    published: bool = False


class Explanation(SQLModel, table=True):
    """What the guardians of a child are told of a published result, as JSON; None while it is being reckoned."""

    __table_args__ = (
        UniqueConstraint("bureau", "run", "application", name="application_explained_once"),
        belongs("allocation_run", "run"),
        belongs("application", "application"),
    )
    bureau: str = Field(primary_key=True, sa_type=Text)
    run: UUID = Field(primary_key=True)
    pseudonym: str = Field(primary_key=True, sa_type=Text)
    application: UUID
    guardians: list[UUID] = Field(sa_type=ARRAY(Uuid))
    content: str | None = Field(default=None, sa_type=Text)


class Objection(PersonalRow, table=True):
    """A family objects to the ranking or to the proposed list; answered with a reason, never in silence."""

    __table_args__ = (
        one_of("status", ObjectionStatus),
        one_of("phase", ObjectionPhase),
        CheckConstraint("(status = 'filed') = (answer IS NULL)", name="answered_with_reason"),
        belongs("admission_round", "round"),
        belongs("application", "application"),
    )
    round: UUID
    application: UUID
    phase: str = Field(sa_type=Text)
    status: str = Field(default=ObjectionStatus.FILED.value, sa_type=Text)
    sealed: bytes = Field(sa_type=LargeBinary)
    answer: bytes | None = Field(default=None, sa_type=LargeBinary)
    filed_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
