"""Persons, accounts, tokens and grants."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.identity import VerifiedPerson
from app.accounts.models import Account, Organisation, OrganisationKind, Person, Role, RoleGrant, Token
from app.accounts.names import has_account, is_named
from app.actor import Actor
from app.clock import uuid7
from app.database import database_now, set_context
from app.errors import ServiceError
from app.inserts import Part, insert_together
from app.journal import service as journal
from app.vault import Place, Vault, seal

NOBODY = UUID(int=0)
SERVED = text("SELECT transaction_timestamp() FROM organisation WHERE bureau = :bureau AND id = :bureau")
# Which kind of organisation a role belongs to; any other role is a duty of the bureau.
HELD_IN = {
    Role.SCHOOL_OFFICE: OrganisationKind.SCHOOL,
    Role.VERIFIER: OrganisationKind.OFFICE,
    Role.TOWN: OrganisationKind.TOWN,
}
REFUSED_GRANTS = {
    "one_duty_per_person": ("account.duties_are_disjoint", "role"),
    "role_fits_organisation": ("account.role_elsewhere", "role"),
    "person_belongs_to_person": ("access.not_found", "person"),
    "organisation_belongs_to_organisation": ("access.not_found", "organisation"),
}


def stranger(bureau: str, request: str = "-") -> Actor:
    """Somebody not signed in: sees what is public in the bureau."""
    return Actor(bureau, NOBODY, NOBODY, role="anonymous", request=request)


async def actor_of(session: AsyncSession, token: str, request: str) -> Actor:
    """Who holds this token, with the roles as they stand now; sets the transaction's context.

    Raises `access.signed_out` for a token that is unknown, expired or revoked.
    """
    actor = await holder_of(session, token, request)
    await set_context(session, actor)
    return actor


async def holder_of(session: AsyncSession, token: str, request: str) -> Actor:
    """As `actor_of`, and the transaction still speaks for nobody."""
    row = (await session.execute(text("SELECT * FROM session_of(:digest)"), {"digest": _digest(token)})).one_or_none()
    if row is None:
        raise ServiceError("access.signed_out")
    return Actor(
        row.bureau,
        row.person,
        row.account,
        organisations=tuple(row.organisations),
        duties=tuple(row.duties),
        request=request,
    )


async def sign_in(
    session: AsyncSession, vault: Vault, bureau: str, person: VerifiedPerson, hours: int, request: str
) -> tuple[Actor, str]:
    """The actor and a new opaque token (only its SHA-256 is kept). A family's first sign-in makes its account.

    Raises `access.unknown_account` for a bureau that this deployment does not serve, and `account.other_name` where an
    office has registered somebody of another name under this number.
    """
    await set_context(session, stranger(bureau, request))
    now = await session.scalar(SERVED, {"bureau": bureau})
    if now is None:
        raise ServiceError("access.unknown_account", "bureau")
    actor = await _known_account(session, bureau, person, request)
    if actor is None:
        await _one_at_a_time(session, bureau, person)
        actor = await _known_account(session, bureau, person, request)
    if actor is None:
        actor = await _first_sign_in(session, vault, bureau, person, request)
    token = secrets.token_urlsafe(32)
    values = {
        "bureau": bureau,
        "id": uuid7(),
        "account": actor.account,
        "person": actor.person,
        "digest": _digest(token),
        "expires_at": now + timedelta(hours=hours),
    }
    signed_in = journal.entry(actor, "account", "sign_in", f"account:{actor.account}", journal.ABSENT, "signed_in")
    await insert_together(session, [(Token, [values]), journal.entries_part([signed_in])])
    return actor, token


async def _known_account(session: AsyncSession, bureau: str, person: VerifiedPerson, request: str) -> Actor | None:
    row = (
        await session.execute(
            text("SELECT person, account FROM account_of(:bureau, :issuer, :subject)"),
            {"bureau": bureau, "issuer": person.issuer, "subject": person.subject},
        )
    ).one_or_none()
    if row is None:
        return None
    actor = Actor(bureau, row.person, row.account, request=request)
    await set_context(session, actor)
    return actor


async def _one_at_a_time(session: AsyncSession, bureau: str, person: VerifiedPerson) -> None:
    """Two first sign-ins of one person at once (a double click) would make the person twice."""
    name = f"{bureau}:{person.number or person.subject}"
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


async def _first_sign_in(
    session: AsyncSession, vault: Vault, bureau: str, person: VerifiedPerson, request: str
) -> Actor:
    """A new account, of a new person or of one known by the number through another provider."""
    lookup = _lookup(vault, person)
    known = await session.scalar(text("SELECT person_of(:bureau, :lookup)"), {"bureau": bureau, "lookup": lookup})
    if known is None:
        return await register(session, vault, Actor(bureau, uuid7(), uuid7(), request=request), person)
    actor = Actor(bureau, known, uuid7(), request=request)
    await set_context(session, actor)
    if not await has_account(session, bureau, known) and not await is_named(session, vault, bureau, known, person.name):
        raise ServiceError("account.other_name", "name")
    return await _add_account(session, actor, person)


def _lookup(vault: Vault, person: VerifiedPerson) -> bytes | None:
    return number_lookup(vault, person.number) if person.number else None


def number_lookup(vault: Vault, number: str) -> bytes:
    """The keyed digest under which a person of this identity number stands."""
    return vault.lookup("person", number.strip().upper())


async def register(session: AsyncSession, vault: Vault, actor: Actor, person: VerifiedPerson) -> Actor:
    """Make person and account for a verified human being, under the ids that `actor` names."""
    await set_context(session, actor)
    key, wrapped = vault.new_key(actor.bureau, actor.person, [actor.person])
    place = Place("person", "sealed", actor.person)
    row = {
        "bureau": actor.bureau,
        "id": actor.person,
        "guardians": [actor.person],
        "schools": [],
        "lookup": _lookup(vault, person),
        "sealed": seal(key, {"name": person.name, "number": person.number}, place),
    }
    return await _add_account(session, actor, person, [wrapped, (Person, [row])])


async def _add_account(session: AsyncSession, actor: Actor, person: VerifiedPerson, made: Sequence[Part] = ()) -> Actor:
    """An account of the person, whose own rows, where it is new, are inserted with it."""
    row = {
        "bureau": actor.bureau,
        "id": actor.account,
        "person": actor.person,
        "issuer": person.issuer,
        "subject": person.subject,
    }
    registered = journal.entry(actor, "account", "register", f"account:{actor.account}", journal.ABSENT, "registered")
    await insert_together(session, [*made, (Account, [row]), journal.entries_part([registered])])
    return actor


async def sign_out(session: AsyncSession, token: str, request: str) -> None:
    """Revoke the token at once. Raises `access.signed_out`.

    The holder acts without their duties, because an auditor's transaction could not write.
    """
    actor = replace(await holder_of(session, token, request), organisations=(), duties=())
    await set_context(session, actor)
    await session.execute(
        update(Token)
        .where(col(Token.bureau) == actor.bureau, col(Token.digest) == _digest(token))
        .values(revoked_at=await database_now(session))
    )
    await journal.record(session, actor, "account", "sign_out", f"account:{actor.account}", "signed_in", "signed_out")


async def grant_role(
    session: AsyncSession, actor: Actor, person: UUID, organisation: str, role: str, valid_from: date
) -> RoleGrant:
    """Give a person a role. Raises `account.duties_are_disjoint` where it holds another duty of the bureau,
    `account.role_elsewhere` for a role in an organisation of another kind, `access.not_found`."""
    actor = authorize(actor, "account.grant", Target(actor.bureau))
    kind = await session.scalar(
        select(col(Organisation.kind)).where(
            col(Organisation.bureau) == actor.bureau, col(Organisation.id) == organisation
        )
    )
    if kind is not None and kind != HELD_IN.get(Role(role), OrganisationKind.BUREAU):
        raise ServiceError("account.role_elsewhere", "role", action="account.grant")
    grant = RoleGrant(bureau=actor.bureau, person=person, organisation=organisation, role=role, valid_from=valid_from)
    try:
        async with session.begin_nested():
            session.add(grant)
    except IntegrityError as error:
        for constraint, (code, field) in REFUSED_GRANTS.items():
            if constraint in str(error.orig):
                raise ServiceError(code, field, action="account.grant") from None
        raise
    await journal.record(session, actor, "grant", "give", f"grant:{grant.id}", after=role)
    return grant


async def end_grant(session: AsyncSession, actor: Actor, grant_id: UUID) -> None:
    """End a role at once: the person's next request is without it. Raises `access.not_found`."""
    actor = authorize(actor, "account.grant", Target(actor.bureau))
    grant = await session.scalar(
        select(RoleGrant)
        .where(
            col(RoleGrant.bureau) == actor.bureau, col(RoleGrant.id) == grant_id, col(RoleGrant.revoked_at).is_(None)
        )
        .with_for_update()
    )
    if grant is None:
        raise ServiceError("access.not_found", "grant", action="account.grant")
    grant.revoked_at = await database_now(session)
    await session.flush()
    await journal.record(session, actor, "grant", "end", f"grant:{grant.id}", grant.role, "ended")


async def found_bureau(session: AsyncSession, founder: Actor, name: str) -> None:
    """The bureau's own organisation, with which everything of a bureau begins."""
    session.add(Organisation(bureau=founder.bureau, id=founder.bureau, kind=OrganisationKind.BUREAU.value, name=name))
    await session.flush()
    await journal.record(session, founder, "organisation", "found", f"organisation:{founder.bureau}", after="bureau")


async def ensure_organisations(session: AsyncSession, actor: Actor, schools: list[tuple[str, str]]) -> None:
    """An organisation for each school, as (id, name): made where there is none, renamed where its name differs.

    The bureau's own organisation is never touched. One journal entry for each that was made or renamed.
    """
    standing = {row.id: row for row in await organisations(session, actor.bureau)}
    entries = []
    for school, name in schools:
        known = standing.get(school)
        if known is None:
            session.add(Organisation(bureau=actor.bureau, id=school, kind=OrganisationKind.SCHOOL.value, name=name))
            entries.append(journal.entry(actor, "organisation", "found", f"organisation:{school}", "absent", "school"))
        elif known.kind == OrganisationKind.SCHOOL and known.name != name:
            known.name = name
            entries.append(journal.entry(actor, "organisation", "rename", f"organisation:{school}", "school", "school"))
    await session.flush()
    await journal.record_all(session, entries)


async def found_organisation(
    session: AsyncSession, actor: Actor, organisation: str, kind: str, office: str | None, name: str
) -> None:
    """Set up another office, or a town's government under the town's id. Raises `account.organisation_known`."""
    actor = authorize(actor, "organisation.found", Target(actor.bureau))
    try:
        async with session.begin_nested():
            session.add(Organisation(bureau=actor.bureau, id=organisation, kind=kind, office=office, name=name))
    except IntegrityError as error:
        if "organisation_pkey" not in str(error.orig):
            raise
        raise ServiceError("account.organisation_known", "id") from None
    await journal.record(session, actor, "organisation", "found", f"organisation:{organisation}", after=kind)


async def organisations(session: AsyncSession, bureau: str) -> list[Organisation]:
    """The bureau, its schools, other offices and towns, by id."""
    rows = await session.scalars(
        select(Organisation).where(col(Organisation.bureau) == bureau).order_by(col(Organisation.id))
    )
    return list(rows)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
