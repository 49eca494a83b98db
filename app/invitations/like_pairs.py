"""Two children of one name and birth date, of whom at most one has a number: a person says whether they are one."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications.numbers import masked_name
from app.database import table
from app.errors import ServiceError
from app.invitations.facts import child_of
from app.invitations.lifecycle import INVITATION, InvitationEvent, InvitationStatus
from app.invitations.models import ExpectedChild, Invitation, LikePair, Verdict
from app.journal import service as journal
from app.vault import Place, Vault, seal, unseal


@dataclass(frozen=True)
class Side:
    """One of the two, its name masked."""

    child: UUID
    name: str
    community: str
    sources: tuple[str, ...]
    has_number: bool


@dataclass(frozen=True)
class Pair:
    id: UUID
    first: Side
    second: Side


async def unsettled_pairs(session: AsyncSession, vault: Vault, actor: Actor, limit: int) -> list[Pair]:
    """The pairs that nobody has settled, oldest first; raises `access.*`."""
    actor = authorize(actor, "invitation.settle", Target(actor.bureau))
    rows = list(
        await session.scalars(
            select(LikePair)
            .where(col(LikePair.bureau) == actor.bureau, col(LikePair.verdict).is_(None))
            .order_by(col(LikePair.id))
            .limit(limit)
        )
    )
    wanted = sorted({id_ for row in rows for id_ in (row.first, row.second)})
    found = await session.scalars(
        select(ExpectedChild).where(col(ExpectedChild.bureau) == actor.bureau, col(ExpectedChild.id).in_(wanted))
    )
    keys = await vault.keys_of(session, actor.bureau, wanted)
    sides = {row.id: _side(row, keys[row.id]) for row in found}
    return [Pair(row.id, sides[row.first], sides[row.second]) for row in rows]


def _side(row: ExpectedChild, key: bytes) -> Side:
    child = child_of(unseal(key, row.sealed, Place("expected_child", "sealed", row.id)))
    return Side(row.id, masked_name(child["name"]), row.community, tuple(row.sources), row.lookup is not None)


async def settle_pair(session: AsyncSession, vault: Vault, actor: Actor, pair_id: UUID, verdict: Verdict) -> None:
    """Say whether they are one child. Where they are, the one with the number stays and is told what the other's
    registers say; an invitation of the other ends. Raises `invitation.pair_settled`, `access.*`."""
    actor = authorize(actor, "invitation.settle", Target(actor.bureau))
    pair = await session.get(LikePair, (actor.bureau, pair_id), with_for_update=True)
    if pair is None:
        raise ServiceError("access.not_found", "pair", action="invitation.settle")
    if pair.verdict is not None:
        raise ServiceError("invitation.pair_settled", "pair")
    await session.execute(
        update(table(LikePair))
        .where(col(LikePair.bureau) == actor.bureau, col(LikePair.id) == pair_id)
        .values(verdict=verdict.value, settled_by=actor.person)
    )
    entries = [journal.entry(actor, "like_pair", "settle", f"like_pair:{pair_id}", "open", verdict)]
    if verdict is Verdict.SAME:
        entries += [
            journal.entry(actor, "invitation", event, f"invitation:{id_}", before, after)
            for id_, event, before, after in await _join(session, vault, actor.bureau, pair.first, pair.second)
        ]
    await journal.record_all(session, entries)


async def _join(
    session: AsyncSession, vault: Vault, bureau: str, first: UUID, second: UUID
) -> list[tuple[UUID, InvitationEvent, InvitationStatus, InvitationStatus]]:
    rows = list(
        await session.scalars(
            select(ExpectedChild)
            .where(col(ExpectedChild.bureau) == bureau, col(ExpectedChild.id).in_((first, second)))
            .order_by(col(ExpectedChild.lookup).is_(None), col(ExpectedChild.id))
            .with_for_update()
        )
    )
    stays, other = rows
    if stays.same_as is not None or other.same_as is not None:
        raise ServiceError("invitation.pair_settled", "pair")
    keys = await vault.keys_of(session, bureau, [stays.id, other.id])
    said = [unseal(keys[row.id], row.sealed, Place("expected_child", "sealed", row.id)) for row in (other, stays)]
    whole = {**said[0], **said[1]}
    sealed = seal(keys[stays.id], whole, Place("expected_child", "sealed", stays.id))
    for row, values in ((stays, {"sealed": sealed, "sources": sorted(whole)}), (other, {"same_as": stays.id})):
        of_this = update(table(ExpectedChild)).where(
            col(ExpectedChild.bureau) == bureau, col(ExpectedChild.id) == row.id
        )
        await session.execute(of_this.values(values))
    event, ended = InvitationEvent.FIND_TWICE, []
    of_other = (col(Invitation.bureau) == bureau, col(Invitation.expected) == other.id)
    opened = (*of_other, col(Invitation.status) == InvitationStatus.OPEN)
    for id_ in list(await session.scalars(select(col(Invitation.id)).where(*opened).with_for_update())):
        after = INVITATION.next(InvitationStatus.OPEN, event)
        of_one = update(table(Invitation)).where(col(Invitation.bureau) == bureau, col(Invitation.id) == id_)
        await session.execute(of_one.values(status=after.value))
        ended.append((id_, event, InvitationStatus.OPEN, after))
    return ended
