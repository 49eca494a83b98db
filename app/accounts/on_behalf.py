"""A person for whom an office acts: found by its number, or registered under it, without an account.

Whoever signs in later under the same number is that person (see service.sign_in).
"""

from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import FAMILY
from app.accounts.models import Person
from app.accounts.names import is_named, person_place
from app.accounts.service import number_lookup
from app.actor import Actor
from app.clock import uuid7
from app.database import set_context
from app.errors import ServiceError
from app.inserts import insert_together
from app.journal import service as journal
from app.vault import Vault, seal


async def acting_for(session: AsyncSession, vault: Vault, officer: Actor, name: str, number: str, source: str) -> Actor:
    """The person of this normalised number as an actor, through the officer's account; from here on the transaction
    speaks for that person, until the caller says otherwise. `source` is what the journal says the act came by.

    Raises `intake.other_name` where the number is known under another name, `access.forbidden` for the officer's own.
    """
    digest = number_lookup(vault, number)
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
    await session.execute(lock, {"name": f"{officer.bureau}:{number}"})
    known = await session.scalar(
        text("SELECT person_of(:bureau, :lookup)"), {"bureau": officer.bureau, "lookup": digest}
    )
    if known == officer.person:
        raise ServiceError("access.forbidden", "guardian", action="intake.enter")
    person = replace(officer, person=known or uuid7(), organisations=(), duties=(), role=FAMILY, source=source)
    await set_context(session, person)
    if known is None:
        await _register(session, vault, person, name, number)
    elif not await is_named(session, vault, person.bureau, known, name):
        raise ServiceError("intake.other_name", "guardian.name")
    return person


async def _register(session: AsyncSession, vault: Vault, person: Actor, name: str, number: str) -> None:
    key, wrapped = vault.new_key(person.bureau, person.person, [person.person])
    row = {
        "bureau": person.bureau,
        "id": person.person,
        "guardians": [person.person],
        "schools": [],
        "lookup": number_lookup(vault, number),
        "sealed": seal(key, {"name": name, "number": number}, person_place(person.person)),
    }
    made = journal.entry(person, "person", "register", f"person:{person.person}", journal.ABSENT, "registered")
    await insert_together(session, [wrapped, (Person, [row]), journal.entries_part([made])])
