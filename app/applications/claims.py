"""Two families have applied with one child's number: a person settles whose child it is.

Either the second claim is refused in words (casework.confirm_refusal), or it is upheld here: the number is the
claimant's, and whoever applied with it first becomes the claim. Neither family is shown the other.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.anew import decide_anew
from app.applications.children import number_of
from app.applications.models import Child, NumberKind
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal
from app.vault import Place, Vault, unseal


async def uphold_claim(session: AsyncSession, vault: Vault, actor: Actor, application_id: UUID) -> None:
    """The claimant of this application has shown that the child is theirs; both families' cases are decided anew.
    Raises `application.no_claim`, `application.not_checkable`, `access.*`."""
    row = await queries.application_by_id(session, actor.bureau, application_id)
    actor = authorize(actor, "claim.uphold", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    await queries.checkable_round(session, actor.bureau, row.round)
    claimed, kind, lookup = await _claimed_number(session, vault, actor.bureau, row.child)
    first = await session.scalar(_child(actor.bureau, col(Child.lookup) == lookup))
    entries = []
    if first is not None:
        authorize(actor, "claim.uphold", Target(actor.bureau, tuple(first.guardians), tuple(first.schools)))
        await _number(session, actor.bureau, first.id, NumberKind.CLAIMED, None)
        entries.append(_entry(actor, "yield_claim", first.id, first.number_kind, NumberKind.CLAIMED))
    await _number(session, actor.bureau, claimed, kind, lookup)
    entries.append(_entry(actor, "uphold_claim", claimed, NumberKind.CLAIMED, kind))
    await journal.record_all(session, entries)
    await decide_anew(session, vault, actor, [claimed] if first is None else [claimed, first.id])


async def _claimed_number(
    session: AsyncSession, vault: Vault, bureau: str, child_id: UUID
) -> tuple[UUID, NumberKind, bytes]:
    """The claimed child, held, with the number that its family wrote."""
    child = await session.scalar(_child(bureau, col(Child.id) == child_id))
    if child is not None and child.number_kind == NumberKind.CLAIMED:
        key = await vault.key_of(session, bureau, child.id)
        kind, lookup = number_of(vault, unseal(key, child.sealed, Place("child", "sealed", child.id)))
        if lookup is not None:
            return child.id, kind, lookup
    raise ServiceError("application.no_claim", "application")


async def _number(session: AsyncSession, bureau: str, child: UUID, kind: NumberKind, lookup: bytes | None) -> None:
    of_this = update(table(Child)).where(col(Child.bureau) == bureau, col(Child.id) == child)
    await session.execute(of_this.values(number_kind=kind.value, lookup=lookup))


def _child(bureau: str, condition: ColumnElement[bool]) -> Select[Child]:
    return select(Child).where(col(Child.bureau) == bureau, condition).with_for_update()


def _entry(actor: Actor, action: str, child: UUID, before: str, after: str) -> dict[str, Any]:
    return journal.entry(actor, "child", action, f"child:{child}", before, after)
