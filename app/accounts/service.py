"""Persons, accounts, tokens and grants."""

import hashlib
import secrets
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.identity import VerifiedPerson
from app.accounts.models import Account, Organisation, Person, RoleGrant, Token
from app.actor import Actor
from app.clock import uuid7
from app.database import database_now, set_context
from app.errors import ServiceError
from app.journal import service as journal
from app.vault import Place, Vault, seal

NOBODY = UUID(int=0)


def stranger(bureau: str, request: str = "-") -> Actor:
    """Somebody not signed in: sees what is public in the bureau."""
    return Actor(bureau, NOBODY, NOBODY, role="anonymous", request=request)


async def actor_of(session: AsyncSession, token: str, request: str) -> Actor:
    """Who holds this token, with the roles as they stand now; sets the transaction's context.

    Raises `access.signed_out` for a token that is unknown, expired or revoked.
    """
    row = (await session.execute(text("SELECT * FROM session_of(:digest)"), {"digest": _digest(token)})).one_or_none()
    if row is None:
        raise ServiceError("access.signed_out")
    actor = Actor(
        row.bureau,
        row.person,
        row.account,
        organisations=tuple(row.organisations),
        duties=tuple(row.duties),
        request=request,
    )
    await set_context(session, actor)
    return actor


async def sign_in(
    session: AsyncSession, vault: Vault, bureau: str, person: VerifiedPerson, hours: int, request: str
) -> tuple[Actor, str]:
    """The actor and a new opaque token (only its SHA-256 is kept). A family's first sign-in makes its account.

    Raises `access.unknown_account` for a bureau that this deployment does not serve.
    """
    await set_context(session, stranger(bureau, request))
    if await session.get(Organisation, (bureau, bureau)) is None:
        raise ServiceError("access.unknown_account", "bureau")
    row = (
        await session.execute(
            text("SELECT person, account FROM account_of(:bureau, :issuer, :subject)"),
            {"bureau": bureau, "issuer": person.issuer, "subject": person.subject},
        )
    ).one_or_none()
    if row is None:
        actor = await register(session, vault, Actor(bureau, uuid7(), uuid7(), request=request), person)
    else:
        actor = Actor(bureau, row.person, row.account, request=request)
        await set_context(session, actor)
    token = secrets.token_urlsafe(32)
    expires_at = await database_now(session) + timedelta(hours=hours)
    values = {
        "bureau": bureau,
        "id": uuid7(),
        "account": actor.account,
        "person": actor.person,
        "digest": _digest(token),
        "expires_at": expires_at,
    }
    await session.execute(insert(Token), [values])
    await journal.record(session, actor, "account", "sign_in", f"account:{actor.account}", after="signed_in")
    return actor, token


async def register(session: AsyncSession, vault: Vault, actor: Actor, person: VerifiedPerson) -> Actor:
    """Make person and account for a verified human being, under the ids that `actor` names."""
    await set_context(session, actor)
    key = vault.new_key(session, actor.bureau, actor.person, [actor.person])
    place = Place("person", "sealed", actor.person)
    session.add(
        Person(
            bureau=actor.bureau,
            id=actor.person,
            guardians=[actor.person],
            lookup=vault.lookup("person", person.number) if person.number else None,
            sealed=seal(key, {"name": person.name, "number": person.number}, place),
        )
    )
    await session.flush()
    session.add(
        Account(
            bureau=actor.bureau,
            id=actor.account,
            person=actor.person,
            issuer=person.issuer,
            subject=person.subject,
        )
    )
    await session.flush()
    await journal.record(session, actor, "account", "register", f"account:{actor.account}", after="registered")
    return actor


async def sign_out(session: AsyncSession, actor: Actor, token: str) -> None:
    """Revoke the token at once."""
    await session.execute(
        update(Token)
        .where(col(Token.bureau) == actor.bureau, col(Token.digest) == _digest(token))
        .values(revoked_at=await database_now(session))
    )
    await journal.record(session, actor, "account", "sign_out", f"account:{actor.account}", "signed_in", "signed_out")


async def grant_role(
    session: AsyncSession, actor: Actor, person: UUID, organisation: str, role: str, valid_from: date
) -> RoleGrant:
    """Give a person a role. Raises `account.duties_are_disjoint` where it holds another duty of the bureau."""
    actor = authorize(actor, "account.grant", Target(actor.bureau))
    grant = RoleGrant(bureau=actor.bureau, person=person, organisation=organisation, role=role, valid_from=valid_from)
    try:
        async with session.begin_nested():
            session.add(grant)
    except IntegrityError as error:
        if "one_duty_per_person" in str(error.orig):
            raise ServiceError("account.duties_are_disjoint", "role") from None
        raise
    await journal.record(session, actor, "grant", "give", f"grant:{grant.id}", after=role)
    return grant


async def organisations(session: AsyncSession, bureau: str) -> list[Organisation]:
    """The bureau and its schools, by id."""
    rows = await session.scalars(
        select(Organisation).where(col(Organisation.bureau) == bureau).order_by(col(Organisation.id))
    )
    return list(rows)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
