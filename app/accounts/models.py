"""Organisations, persons (who are not accounts), accounts, tokens, roles, and acts that need two persons."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from app.accounts.lifecycle import ActStatus
from app.database import TIMESTAMPTZ, BureauRow, NamedRow, PersonalRow, belongs, one_of


class OrganisationKind(StrEnum):
    BUREAU = "bureau"
    SCHOOL = "school"
    OFFICE = "office"
    TOWN = "town"


class OfficeKind(StrEnum):
    """Offices that confirm what families claim of their standing; what each confirms stands in offices.toml."""

    VETERANS_AFFAIRS = "veterans_affairs"
    ARMED_FORCES = "armed_forces"
    FIRE_RESCUE = "fire_rescue"
    PUBLIC_SECURITY = "public_security"
    HUMAN_RESOURCES = "human_resources"
    OVERSEAS_CHINESE = "overseas_chinese"


class Role(StrEnum):
    """The office of a school, of another authority or of a town, or one duty of the bureau's staff. Duties are
    disjoint: a person holds at most one."""

    SCHOOL_OFFICE = "school_office"
    VERIFIER = "verifier"
    TOWN = "town"
    REGISTRAR = "registrar"
    RULES = "rules"
    CASEWORK = "casework"
    ALLOCATION = "allocation"
    APPROVAL = "approval"
    AUDITOR = "auditor"


class Organisation(NamedRow, table=True):
    """The bureau, whose `id` is its code, a school, another office, or a town's government under the town's id."""

    __table_args__ = (
        one_of("kind", OrganisationKind),
        one_of("office", OfficeKind),
        CheckConstraint("(kind = 'office') = (office IS NOT NULL)", name="office_is_of_a_kind"),
        # No comma above all: ids stand in the transaction's context, parted by commas.
        CheckConstraint("id ~ '^[A-Za-z0-9._:-]{1,64}$'", name="id_is_identifier"),
        CheckConstraint("(kind = 'bureau') = (id = bureau)", name="bureau_is_its_code"),
    )
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    office: str | None = Field(default=None, sa_type=Text)


class Person(PersonalRow, table=True):
    """A verified natural person; `sealed` holds name and identity number; `guardians` is the person alone."""

    __table_args__ = (UniqueConstraint("bureau", "lookup", name="person_known_once"),)
    lookup: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)


class Account(BureauRow, table=True):
    """A way to sign in: an identity provider's opaque subject, belonging to one person."""

    __table_args__ = (
        UniqueConstraint("bureau", "issuer", "subject", name="account_known_once"),
        belongs("person", "person"),
    )
    person: UUID
    issuer: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)


class Token(BureauRow, table=True):
    """A session: only the SHA-256 of its opaque token is kept."""

    __table_args__ = (UniqueConstraint("digest", name="token_known_once"), belongs("account", "account"))
    account: UUID
    person: UUID
    digest: bytes = Field(sa_type=LargeBinary)
    expires_at: datetime = Field(sa_type=TIMESTAMPTZ)
    revoked_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)


class RoleGrant(BureauRow, table=True):
    """A role of a person in an organisation, within dates (Beijing's) until revoked; read at each request.

    A grant that has run out still counts as the person's duty until it is revoked: duties are disjoint by the
    database, not by the calendar.
    """

    __tablename__ = "role_grant"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint(
            "(role IN ('school_office', 'verifier', 'town')) = (organisation <> bureau)", name="role_fits_organisation"
        ),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
        belongs("person", "person"),
        belongs("organisation", "organisation"),
        Index(
            "one_duty_per_person",
            "bureau",
            "person",
            unique=True,
            postgresql_where=text("revoked_at IS NULL AND organisation = bureau"),
        ),
    )
    person: UUID
    organisation: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None = None
    revoked_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)


class TwoPersonAct(BureauRow, table=True):
    """Proposed by one person, approved within 24 hours by another who names the digest shown to both.

    `audience`: the duties that may see it.
    """

    __tablename__ = "two_person_act"
    __table_args__ = (
        one_of("status", ActStatus),
        CheckConstraint("approved_by <> proposed_by", name="two_persons"),
        CheckConstraint("approved_digest = digest", name="approves_what_was_shown"),
        CheckConstraint("approved_at <= proposed_at + interval '24 hours'", name="within_24_hours"),
        CheckConstraint(
            "(status = 'approved') = (approved_by IS NOT NULL AND approved_at IS NOT NULL"
            " AND approved_digest IS NOT NULL)",
            name="approved_is_whole",
        ),
        belongs("person", "proposed_by"),
        belongs("person", "approved_by"),
        Index("acts_of_an_object", "bureau", "object", "kind"),
        Index(
            "one_open_act",
            "bureau",
            "object",
            "kind",
            unique=True,
            postgresql_where=text("status = 'proposed'"),
        ),
    )
    kind: str = Field(sa_type=Text)
    object: str = Field(sa_type=Text)
    payload: dict[str, Any] = Field(sa_type=JSONB)
    digest: str = Field(sa_type=Text)
    audience: list[str] = Field(sa_type=ARRAY(Text))
    status: str = Field(default=ActStatus.PROPOSED.value, sa_type=Text)
    proposed_by: UUID
    proposed_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    approved_by: UUID | None = None
    approved_digest: str | None = Field(default=None, sa_type=Text)
    approved_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
