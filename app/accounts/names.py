"""Whether two spellings are one person's name: a slip in a number must not make a stranger somebody's guardian."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.models import Account, Person
from app.vault import Place, Vault, unseal


def person_place(person: UUID) -> Place:
    """Where a person's name and number are sealed."""
    return Place("person", "sealed", person)


async def is_named(session: AsyncSession, vault: Vault, bureau: str, person: UUID, name: str) -> bool:
    """Whether the person has this name, whatever blanks and capitals it is written with. The transaction speaks for
    that person."""
    found = select(col(Person.sealed)).where(col(Person.bureau) == bureau, col(Person.id) == person)
    sealed = await session.scalar(found)
    if sealed is None:
        return False
    held = unseal(await vault.key_of(session, bureau, person), sealed, person_place(person))["name"]
    return _plain(held) == _plain(name)


async def has_account(session: AsyncSession, bureau: str, person: UUID) -> bool:
    """Whether the person has ever signed in; an office may have registered it before. As `is_named`."""
    found = select(col(Account.id)).where(col(Account.bureau) == bureau, col(Account.person) == person).limit(1)
    return await session.scalar(found) is not None


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
