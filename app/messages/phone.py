"""Where a person is sent messages: a number of the mainland, Hong Kong, Macau or Taiwan, given by the person, sealed
with the person's key, masked in every answer but the one to an officer who is about to call (`contact`)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.errors import ServiceError
from app.journal import service as journal
from app.messages.models import PersonPhone
from app.vault import CannotOpen, Place, Vault, seal, unseal

ABSENT, GIVEN = "absent", "given"
IGNORED = str.maketrans("", "", " -()\u2010\u2011\u2012\u2013")
# Mobile numbers: +86 11 digits, +852 and +853 8, +886 9 (written at home with a 0 before them).
FORMS = (
    (re.compile(r"(?:\+86|0086)?(1[3-9][0-9]{9})"), "+86"),
    (re.compile(r"(?:\+852|00852)([4-9][0-9]{7})"), "+852"),
    (re.compile(r"(?:\+853|00853)(6[0-9]{7})"), "+853"),
    (re.compile(r"(?:\+886|00886)0?(9[0-9]{8})"), "+886"),
)


@dataclass(frozen=True)
class Phone:
    """A person's number as it may be shown; both None where none was given."""

    masked: str | None
    changed_at: datetime | None


def normalised(written: str) -> str:
    """The number as +country and digits; full width, spaces and hyphens do not matter. Raises `phone.form`."""
    plain = unicodedata.normalize("NFKC", written).translate(IGNORED)
    for form, country in FORMS:
        found = form.fullmatch(plain)
        if found is not None:
            return country + found[1]
    raise ServiceError("phone.form", "phone")


def masked(number: str) -> str:
    """The country and the last four digits, and of a mainland number the first three."""
    country = next(country for _, country in FORMS if number.startswith(country))
    digits = number.removeprefix(country)
    shown = digits[:3] if country == "+86" else ""
    return f"{country} {shown}{'*' * (len(digits) - len(shown) - 4)}{digits[-4:]}"


async def put_phone(session: AsyncSession, vault: Vault, actor: Actor, written: str) -> Phone:
    """Keep the actor's own number; one journal entry, without the number, where it is another than before."""
    number = normalised(written)
    before = await number_of(session, vault, actor.bureau, actor.person)
    if before != number:
        key = await vault.key_of(session, actor.bureau, actor.person)
        values = {
            "bureau": actor.bureau,
            "id": actor.person,
            "guardians": [actor.person],
            "schools": [],
            "sealed": seal(key, number, Place("person_phone", "sealed", actor.person)),
        }
        put = insert(PersonPhone).values(values)
        changed = {"sealed": put.excluded.sealed, "changed_at": func.transaction_timestamp()}
        await session.execute(put.on_conflict_do_update(index_elements=["bureau", "id"], set_=changed))
        state = ABSENT if before is None else GIVEN
        await journal.record(session, actor, "phone", "put", f"person:{actor.person}", state, GIVEN)
    return await own_phone(session, vault, actor)


async def own_phone(session: AsyncSession, vault: Vault, actor: Actor) -> Phone:
    """The actor's own number, masked."""
    number = await number_of(session, vault, actor.bureau, actor.person)
    at = await session.scalar(
        select(col(PersonPhone.changed_at)).where(
            col(PersonPhone.bureau) == actor.bureau, col(PersonPhone.id) == actor.person
        )
    )
    return Phone(None, None) if number is None else Phone(masked(number), at)


async def number_of(session: AsyncSession, vault: Vault, bureau: str, person: UUID) -> str | None:
    """The number, for whom the database shows it: the person, a caseworker, and the worker in that person's context.

    None where none was given, and where the person's key was erased.
    """
    sealed = await session.scalar(
        select(col(PersonPhone.sealed)).where(col(PersonPhone.bureau) == bureau, col(PersonPhone.id) == person)
    )
    if sealed is None:
        return None
    try:
        key = await vault.key_of(session, bureau, person)
    except CannotOpen:
        return None
    return str(unseal(key, sealed, Place("person_phone", "sealed", person)))
