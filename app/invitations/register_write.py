"""A register tells something more, or something else, of a child that is known."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database import table
from app.invitations.models import ExpectedChild
from app.invitations.register_file import Listed, Source
from app.vault import Place, Vault, seal, unseal

SHOWN_TO = (
    text("UPDATE subject_key SET schools = ARRAY[:town] WHERE bureau = :bureau AND id = :id"),
    text(
        "UPDATE invitation SET schools = ARRAY[:town], community = :community WHERE bureau = :bureau AND expected = :id"
    ),
)


@dataclass(frozen=True)
class Known:
    """A child of the registers; `same_as`: the one that it turned out to be."""

    id: UUID
    lookup: bytes | None
    likeness: bytes
    sources: tuple[str, ...]
    same_as: UUID | None

    def may_be(self, other: Listed) -> bool:
        """Whether a person must say if it is another child of its name and birth date: two numbers tell apart."""
        return self.same_as is None and (self.lookup is None or other.lookup is None)


async def change(
    session: AsyncSession, vault: Vault, bureau: str, known: Known, source: Source, one: Listed, town: str
) -> None:
    """Keep what the register says now in the place of what it said before. The child is where the register says that
    knows best, and shown to that town alone."""
    key, place = await vault.key_of(session, bureau, known.id), Place("expected_child", "sealed", known.id)
    held = await session.get_one(ExpectedChild, (bureau, known.id), with_for_update=True)
    said: dict[str, Any] = {**unseal(key, held.sealed, place), source.value: one.said}
    values: dict[str, Any] = {"sources": sorted(said), "sealed": seal(key, said, place), "likeness": one.likeness}
    if best(said) == source:
        values |= {"community": one.community, "town": town}
        for statement in SHOWN_TO if held.community != one.community else ():
            asked = {"bureau": bureau, "id": known.id, "town": town, "community": one.community}
            await session.execute(statement, {name: asked[name] for name in statement.compile().params})
    of_this = update(table(ExpectedChild)).where(col(ExpectedChild.bureau) == bureau, col(ExpectedChild.id) == known.id)
    await session.execute(of_this.values(values))


def best(said: dict[str, Any]) -> Source:
    """Of the registers that speak of a child, the one that knows best where it lives."""
    return next(source for source in Source if source in said)
