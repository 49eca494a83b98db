"""Children whom registers expect, pairs of them that may be one child, invitations, and attempts to reach a family."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.database import TIMESTAMPTZ, BureauRow, PersonalRow, belongs, one_of
from app.invitations.lifecycle import InvitationStatus


class Verdict(StrEnum):
    """What a person found of two children of one name and birth date."""

    SAME = "same"
    DIFFERENT = "different"


class Finding(StrEnum):
    """What the registers' facts make of a child by the round's rules; nothing is refused by it."""

    ELIGIBLE = "eligible"
    UNDETERMINED = "undetermined"
    NOT_SHOWN = "not_shown"


class Way(StrEnum):
    VISIT = "visit"
    CALL = "call"
    LETTER = "letter"


class Reached(StrEnum):
    PROMISED = "promised"
    HELPED = "helped"
    NOT_REACHED = "not_reached"
    UNKNOWN_THERE = "unknown_there"


class ExpectedChild(BureauRow, table=True):
    """A child of one or more registers. `lookup` is the keyed digest of its number, `likeness` that of its name and
    birth date. `sources` names the registers; `sealed`, what each says of it, lies under a key of the child's own
    (subject_key) that no guardian holds. `same_as` is the child that it turned out to be."""

    __tablename__ = "expected_child"
    __table_args__ = (
        UniqueConstraint("bureau", "lookup", name="expected_once"),
        Index("expected_by_likeness", "bureau", "likeness"),
        belongs("town", "town"),
        belongs("community", "community"),
        belongs("expected_child", "same_as"),
    )
    town: str = Field(sa_type=Text)
    community: str = Field(sa_type=Text)
    lookup: bytes | None = Field(default=None, sa_type=LargeBinary)
    likeness: bytes = Field(sa_type=LargeBinary)
    sources: list[str] = Field(sa_type=ARRAY(Text))
    same_as: UUID | None = None
    sealed: bytes = Field(sa_type=LargeBinary)


class LikePair(BureauRow, table=True):
    """Two children of one name and birth date, of whom at most one has a number: `second` came later."""

    __tablename__ = "like_pair"
    __table_args__ = (
        one_of("verdict", Verdict),
        UniqueConstraint("bureau", "first", "second", name="pair_once"),
        CheckConstraint("(verdict IS NULL) = (settled_by IS NULL)", name="somebody_settled"),
        belongs("expected_child", "first"),
        belongs("expected_child", "second"),
    )
    first: UUID
    second: UUID
    verdict: str | None = Field(default=None, sa_type=Text)
    settled_by: UUID | None = None


class Invitation(PersonalRow, table=True):
    """A child invited to enter grade 1 in `year`. `schools` is the town of its community; `guardians` are those who
    have shown that they are. `lookup`: its number's; `guardian_lookup`: that of the guardian whom a register names.
    `code` is the SHA-256 of the letter's code. `sealed`, the decision in advance, and `explanation` lie under the
    expected child's key. `child` is the applications' child that answered, where only the confirmation tells."""

    __table_args__ = (
        one_of("status", InvitationStatus),
        one_of("finding", Finding),
        UniqueConstraint("bureau", "year", "expected", name="invited_once"),
        UniqueConstraint("bureau", "code", name="code_once"),
        CheckConstraint("status <> 'school_elsewhere' OR explanation IS NOT NULL", name="elsewhere_says_where"),
        Index("invitations_of_a_community", "bureau", "year", "community"),
        belongs("admission_round", "round"),
        belongs("community", "community"),
        belongs("expected_child", "expected"),
        belongs("child", "child"),
    )
    year: int
    round: UUID
    expected: UUID
    community: str = Field(sa_type=Text)
    lookup: bytes | None = Field(default=None, sa_type=LargeBinary)
    guardian_lookup: bytes | None = Field(default=None, sa_type=LargeBinary)
    code: bytes = Field(sa_type=LargeBinary)
    status: str = Field(default=InvitationStatus.OPEN.value, sa_type=Text)
    finding: str = Field(sa_type=Text)
    sealed: bytes = Field(sa_type=LargeBinary)
    explanation: bytes | None = Field(default=None, sa_type=LargeBinary)
    child: UUID | None = None
    digest: str = Field(sa_type=Text)


class OutreachAttempt(BureauRow, table=True):
    """Somebody tried to reach an invited child's family. Written once, never changed."""

    __tablename__ = "outreach_attempt"
    __table_args__ = (
        one_of("way", Way),
        one_of("result", Reached),
        Index("attempts_of_an_invitation", "bureau", "invitation"),
        belongs("town", "town"),
        belongs("invitation", "invitation"),
        belongs("person", "made_by"),
    )
    town: str = Field(sa_type=Text)
    invitation: UUID
    way: str = Field(sa_type=Text)
    result: str = Field(sa_type=Text)
    made_on: date
    made_by: UUID
    recorded_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
