"""Rulesets, children, guardians, applications with wishes and evidence, decisions, and who leaves primary school."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from app.applications.incoming_item import IncomingItem as IncomingItem
from app.applications.lifecycle import (
    ApplicationStatus,
    DeferralStatus,
    EvidenceSource,
    EvidenceStatus,
    Outcome,
    ReferralStatus,
    RegisterStatus,
)
from app.applications.origin import Origin
from app.database import TIMESTAMPTZ, BureauRow, NamedRow, PersonalRow, belongs, one_of


class NumberKind(StrEnum):
    """GB 11643 citizen's number; that of Hong Kong, Macao, Taiwan residents; a passport; none yet; or a number that
    another person has already applied with, which a person must settle (the first family is not shown)."""

    CITIZEN = "citizen"
    HMT = "hmt"
    FOREIGN = "foreign"
    NONE = "none"
    CLAIMED = "claimed"


class ListedNumber(StrEnum):
    """The kinds of number by which a child stands in a register."""

    CITIZEN = "citizen"
    HMT = "hmt"
    FOREIGN = "foreign"


class Whereabouts(StrEnum):
    """Why a leaver of the register does not apply."""

    MOVED_AWAY = "moved_away"
    SCHOOL_ELSEWHERE = "school_elsewhere"
    ABROAD = "abroad"
    DIED = "died"
    LISTED_IN_ERROR = "listed_in_error"


class Ruleset(NamedRow, table=True):
    """A published ruleset as its exact text; active once two officers have activated it."""

    __table_args__ = (belongs("two_person_act", "activated_by"),)
    text: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    activated_by: UUID | None = None


class Child(PersonalRow, table=True):
    """One child across rounds and stages. `reference` is stable and secret: pseudonyms and lottery units come
    from it. `twin_reference` is shared by twins. `sealed`: name, number, birth date, sex."""

    __table_args__ = (
        one_of("number_kind", NumberKind),
        UniqueConstraint("bureau", "lookup", name="child_known_once"),
        UniqueConstraint("bureau", "reference", name="reference_known_once"),
        CheckConstraint("(number_kind IN ('none', 'claimed')) = (lookup IS NULL)", name="number_has_lookup"),
    )
    number_kind: str = Field(sa_type=Text)
    lookup: bytes | None = Field(default=None, sa_type=LargeBinary)
    reference: bytes = Field(sa_type=LargeBinary)
    twin_reference: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)


class Guardianship(PersonalRow, table=True):
    """A verified person is a guardian of a child (`relation`: GB/T 4761). The child's rows name its guardians as well,
    for row-level security; they are found by the child, because no index on that list serves under it."""

    __table_args__ = (
        UniqueConstraint("bureau", "child", "person", name="guardianship_known_once"),
        Index("guardianships_of_a_person", "bureau", "person"),
        belongs("child", "child"),
        belongs("person", "person"),
    )
    child: UUID
    person: UUID
    relation: str = Field(sa_type=Text)


class Application(PersonalRow, table=True):
    """A child in a round. `sealed` is the whole form as the family filled it in; `form_digest` names it.

    Communities stand in clear because provision is counted by town. `grade` and `place_by` belong to a round within the
    year: the grade that the child comes to, and by when it is to have a place; `moves_from` is the offer by which it is
    a pupil of the county already, and stays one until it has arrived elsewhere. `origin` is the way by which the form
    last came, `origin_number` what it is called there; no rule and no order asks for them.
    """

    __table_args__ = (
        one_of("status", ApplicationStatus),
        one_of("outcome", Outcome),
        one_of("origin", Origin),
        CheckConstraint("grade BETWEEN 0 AND 9", name="grade_plausible"),
        UniqueConstraint("bureau", "round", "child", name="one_application_per_child_and_round"),
        belongs("admission_round", "round"),
        belongs("child", "child"),
        belongs("community", "residence_community"),
        Index("applications_of_a_round", "bureau", "round", "status", "outcome"),
        Index("applications_of_a_child", "bureau", "child"),
    )
    round: UUID
    child: UUID
    status: str = Field(default=ApplicationStatus.DRAFT.value, sa_type=Text)
    outcome: str = Field(default=Outcome.PENDING.value, sa_type=Text)
    version: int = 1
    migrant: bool
    residence_community: str = Field(sa_type=Text)
    registration_community: str | None = Field(default=None, sa_type=Text)
    sibling_school: str | None = Field(default=None, sa_type=Text)
    sealed: bytes = Field(sa_type=LargeBinary)
    form_digest: str = Field(sa_type=Text)
    submitted_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    grade: int | None = None
    place_by: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    moves_from: UUID | None = None
    origin: str = Field(default=Origin.PORTAL.value, sa_type=Text, sa_column_kwargs={"server_default": "portal"})
    origin_number: str | None = Field(default=None, sa_type=Text)


class Preference(SQLModel, table=True):
    """A ranked wish; never shown to a school."""

    __table_args__ = (
        UniqueConstraint("bureau", "application", "programme", name="programme_listed_once"),
        CheckConstraint("rank BETWEEN 1 AND 20", name="rank_in_list"),
        belongs("application", "application"),
        belongs("programme", "programme"),
    )
    bureau: str = Field(primary_key=True, sa_type=Text)
    application: UUID = Field(primary_key=True)
    rank: int = Field(primary_key=True)
    programme: str = Field(sa_type=Text)
    guardians: list[UUID] = Field(sa_type=ARRAY(Uuid))


class Evidence(PersonalRow, table=True):
    """A paper or register entry on which declared facts rest (`kind`: see assessment.EVIDENCE); its dates are in the
    sealed form. `content` is the keyed digest of what it proves: a change of that must be checked anew. `source`: on
    what its status rests; obtained by `checked_by`, or by none where a register has answered, at `checked_at`;
    `valid_on`: the day as of which the source speaks. Of one being checked, `checked_by` and
    `checked_at` say who is at it and since when."""

    __table_args__ = (
        one_of("status", EvidenceStatus),
        one_of("source", EvidenceSource),
        UniqueConstraint("bureau", "application", "kind", name="evidence_of_a_kind_once"),
        belongs("application", "application"),
    )
    application: UUID
    kind: str = Field(sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    status: str = Field(default=EvidenceStatus.CLAIMED.value, sa_type=Text)
    checked_by: UUID | None = None
    checked_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    source: str = Field(
        default=EvidenceSource.DECLARED.value, sa_type=Text, sa_column_kwargs={"server_default": "declared"}
    )
    valid_on: date | None = None


class RegisterCheck(PersonalRow, table=True):
    """A question to one catalogue about a piece of evidence (`kind`: that of the evidence, or of a note on which
    nothing hangs). `content` is that of the evidence it rests on: another one, and the question is moot.

    While it waits, `due_at` says when it is to be asked (again), `tries` how often it came to nothing. `sealed`, with
    the child's key: the register's answer, wherein it differs, what is to be remarked; `digest` names the answer,
    `valid_on` the day as of which it speaks. `flat`: keyed digest of the flat. `reason`: of who decided.
    """

    __tablename__ = "register_check"
    __table_args__ = (
        one_of("status", RegisterStatus),
        CheckConstraint("status NOT IN ('upheld', 'corrected') OR reason IS NOT NULL", name="decided_says_why"),
        CheckConstraint(
            "status NOT IN ('confirmed', 'contradicted', 'upheld', 'corrected')"
            " OR (digest IS NOT NULL AND answered_at IS NOT NULL AND valid_on IS NOT NULL)",
            name="answer_is_kept",
        ),
        Index(
            "one_live_register_check",
            "bureau",
            "application",
            "kind",
            unique=True,
            postgresql_where=text("status <> 'withdrawn'"),
        ),
        Index("register_checks_due", "bureau", "round", "due_at", postgresql_where=text("status = 'waiting'")),
        Index("contradictions_of_a_round", "bureau", "round", "id", postgresql_where=text("status = 'contradicted'")),
        Index("register_checks_of_a_flat", "bureau", "flat", postgresql_where=text("flat IS NOT NULL")),
        belongs("application", "application"),
        belongs("child", "child"),
    )
    round: UUID
    application: UUID
    child: UUID
    kind: str = Field(sa_type=Text)
    catalogue: str | None = Field(default=None, sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    status: str = Field(default=RegisterStatus.WAITING.value, sa_type=Text)
    tries: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    due_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    made_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    answered_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    valid_on: date | None = None
    digest: str | None = Field(default=None, sa_type=Text)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    flat: bytes | None = Field(default=None, sa_type=LargeBinary)
    reason: bytes | None = Field(default=None, sa_type=LargeBinary)
    settled_by: UUID | None = None
    settled_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)


class Referral(PersonalRow, table=True):
    """A claim (`kind`: that of its evidence) that another office or a town answers for; `schools` names that
    organisation alone. `content` is that of the evidence. `sealed`, what the organisation needs to know, and `reason`
    lie under a key of the referral's own (subject_key): it opens this, and nothing else of the child."""

    __table_args__ = (
        one_of("status", ReferralStatus),
        CheckConstraint("status <> 'refused' OR reason IS NOT NULL", name="refused_says_why"),
        Index(
            "one_live_referral",
            "bureau",
            "application",
            "kind",
            unique=True,
            postgresql_where=text("status <> 'withdrawn'"),
        ),
        Index("referrals_of_an_organisation", "bureau", "organisation", "status", "due_on"),
        belongs("application", "application"),
        belongs("organisation", "organisation"),
    )
    application: UUID
    organisation: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    status: str = Field(default=ReferralStatus.WAITING.value, sa_type=Text)
    due_on: date
    content: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    reason: bytes | None = Field(default=None, sa_type=LargeBinary)
    made_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    answered_by: UUID | None = None
    answered_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)


class Deferral(PersonalRow, table=True):
    """A child's entry of `year` put off by a year. `organisation`: the town that decides, named in `schools` too, or
    none, and then the bureau does. `sealed`, the doctor's certificate with whose it is, and `reason` lie under a key of
    the deferral's own, as a referral's do."""

    __table_args__ = (
        one_of("status", DeferralStatus),
        CheckConstraint("status <> 'refused' OR reason IS NOT NULL", name="refused_says_why"),
        CheckConstraint("status IN ('requested', 'withdrawn') OR decided_by IS NOT NULL", name="somebody_decided"),
        Index(
            "one_deferral_per_child_and_year",
            "bureau",
            "child",
            "year",
            unique=True,
            postgresql_where=text("status IN ('requested', 'approved')"),
        ),
        Index("deferrals_of_a_year", "bureau", "year", "status", "due_on"),
        belongs("application", "application"),
        belongs("child", "child"),
        belongs("organisation", "organisation"),
    )
    application: UUID
    child: UUID
    year: int
    organisation: str | None = Field(default=None, sa_type=Text)
    status: str = Field(default=DeferralStatus.REQUESTED.value, sa_type=Text)
    due_on: date
    sealed: bytes = Field(sa_type=LargeBinary)
    reason: bytes | None = Field(default=None, sa_type=LargeBinary)
    requested_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)


class PrimaryLeaver(BureauRow, table=True):
    """A child stands in the register of the primary school that it leaves in a year. No name and no number: `lookup`
    is the keyed digest under which its application's child stands as well. `listed_by` and `line`: see LeaverStanding;
    `whereabouts` is why it does not apply, where that is known."""

    __tablename__ = "primary_leaver"
    __table_args__ = (
        one_of("number_kind", ListedNumber),
        one_of("whereabouts", Whereabouts),
        UniqueConstraint("bureau", "year", "lookup", name="leaver_listed_once"),
        belongs("school", "primary"),
    )
    year: int
    primary: str = Field(sa_type=Text)
    lookup: bytes = Field(sa_type=LargeBinary)
    number_kind: str = Field(sa_type=Text)
    listed_by: str | None = Field(default=None, sa_type=Text)
    line: int | None = None
    whereabouts: str | None = Field(default=None, sa_type=Text)


class Decision(PersonalRow, table=True):
    """A finding by the rules on the facts as they stood; kept for ever, the highest `number` counts.

    `facts` and `trace` are sealed; `rights` (school → keys) and `keys_elsewhere` are what the allocation sees;
    `feeders` are the schools that the child's primary school feeds, once that it leaves it is confirmed; `age_class`
    is the kindergarten's class that its birth opens, empty at other stages. `claimed` are the schools among `rights`
    for which the family has asked by an elder child or a place of right, once that is confirmed.
    `decided_by` is the person whose act caused it; for a refusal, who answers for it, with `reason` sealed. `letter`:
    what the family of a refused child reads (refusal_letter), sealed; `letter_digest`: SHA-256 of its canonical JSON.
    """

    __table_args__ = (
        one_of("outcome", Outcome),
        UniqueConstraint("bureau", "application", "number", name="decision_numbered_once"),
        CheckConstraint("outcome <> 'not_eligible' OR reason IS NOT NULL", name="refusal_has_reason"),
        CheckConstraint("(letter IS NULL) = (letter_digest IS NULL)", name="letter_has_digest"),
        belongs("application", "application"),
        belongs("ruleset", "ruleset"),
    )
    application: UUID
    number: int
    ruleset: str = Field(sa_type=Text)
    ruleset_digest: str = Field(sa_type=Text)
    as_of: date
    outcome: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    missing: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    rights: dict[str, Any] = Field(sa_type=JSONB)
    keys_elsewhere: dict[str, Any] = Field(sa_type=JSONB)
    groups: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    feeders: list[str] = Field(default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"})
    age_class: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    claimed: list[str] = Field(default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"})
    facts: bytes = Field(sa_type=LargeBinary)
    trace: bytes = Field(sa_type=LargeBinary)
    reason: bytes | None = Field(default=None, sa_type=LargeBinary)
    letter: bytes | None = Field(default=None, sa_type=LargeBinary)
    letter_digest: str | None = Field(default=None, sa_type=Text)
    digest: str = Field(sa_type=Text)
    decided_by: UUID
    decided_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})


class PapersRequest(PersonalRow, table=True):
    """A family was asked for papers (`kinds` of evidence that were refused; none where others are missing), by the
    message about this decision; `days`: working days from its proven notice."""

    __tablename__ = "papers_request"
    __table_args__ = (
        CheckConstraint("days BETWEEN 1 AND 60", name="days_plausible"),
        Index("papers_of_an_application", "bureau", "application"),
        belongs("application", "application"),
        belongs("decision", "decision"),
    )
    application: UUID
    decision: UUID
    kinds: list[str] = Field(sa_type=ARRAY(Text))
    days: int
    asked_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
