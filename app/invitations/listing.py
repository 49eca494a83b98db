"""Who sees which invitations: a town those of its communities, the bureau all; names masked, one at a time in full."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.queries import organisation_target
from app.actor import Actor
from app.applications.bureaus_name import in_the_bureaus_name
from app.applications.numbers import masked_name
from app.errors import ServiceError
from app.invitations.facts import child_of, guardians_of
from app.invitations.lifecycle import InvitationStatus
from app.invitations.models import ExpectedChild, Finding, Invitation
from app.invitations.standing import InvitationStanding, due_on, standings
from app.journal import service as journal
from app.vault import Place, Vault, unseal


@dataclass(frozen=True)
class Line:
    """A child of the list. `sources`: the registers that know it. `due_on`: the day of the case while it is open."""

    id: UUID
    child: str
    community: str
    sources: tuple[str, ...]
    finding: Finding
    status: InvitationStatus
    answered: bool
    attempts: int
    due_on: date


@dataclass(frozen=True)
class CommunityCount:
    """Of one community: who is invited, has answered, is explained (`ended` by reason) and is still open."""

    invited: int
    answered: int
    ended: dict[str, int]
    open: int


@dataclass(frozen=True)
class Opened:
    """One child with its guardians, for whoever has to reach them; `explanation`: where it is at school instead."""

    id: UUID
    child: dict[str, Any] = field(repr=False)
    guardians: list[dict[str, Any]] = field(repr=False)
    community: str
    schools: tuple[str, ...]
    missing: tuple[tuple[str, str, str], ...]
    explanation: str | None = field(repr=False)


@dataclass(frozen=True)
class Shown:
    """An invitation with what stands of its child, opened."""

    row: Invitation
    sources: tuple[str, ...]
    key: bytes = field(repr=False)
    said: dict[str, Any] = field(repr=False)
    told: dict[str, Any] = field(repr=False)


async def target_of(session: AsyncSession, bureau: str, organisation: str) -> Target:
    """Whose business a list is: the bureau's, or a town's; raises `access.not_found`."""
    return Target(bureau) if organisation == bureau else await organisation_target(session, bureau, organisation)


async def list_invitations(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    organisation: str,
    year: int,
    community: str | None = None,
    only_open: bool = False,
) -> list[Line]:
    """A year's list of a town, or of all where `organisation` is the bureau, by community. Raises `access.*`."""
    actor = authorize(actor, "invitation.list", await target_of(session, actor.bureau, organisation))
    shown = await rows_of(session, vault, actor.bureau, organisation, year, community)
    stand = await _standing(session, actor, year, [one.row.id for one in shown])
    lines = [_line(one, stand[one.row.id]) for one in shown]
    return [line for line in lines if not only_open or stand[line.id].open]


async def count_invitations(session: AsyncSession, actor: Actor, year: int) -> dict[str, CommunityCount]:
    """Community → its counts; the list is empty or explained where `open` is nil. Raises `access.*`."""
    authorize(actor, "invitation.count", Target(actor.bureau))
    of_community: dict[str, list[InvitationStanding]] = {}
    for row in await standings(session, actor.bureau, year):
        of_community.setdefault(row.community, []).append(row)
    return {community: _count(rows) for community, rows in of_community.items()}


async def open_invitation(
    session: AsyncSession, vault: Vault, actor: Actor, organisation: str, invitation_id: UUID
) -> Opened:
    """Names, numbers and telephone, unmasked; the act is journalled. Raises `access.*`."""
    actor, row = await concerned(session, actor, "invitation.read", organisation, invitation_id)
    [one] = await opened(session, vault, [row])
    await journal.record(session, actor, "invitation", "unmask", f"invitation:{row.id}", "-", "read")
    why = row.explanation
    return Opened(
        row.id,
        child_of(one.said),
        guardians_of(one.said),
        row.community,
        tuple(one.told["schools"]),
        tuple((code, zh, en) for code, zh, en in one.told["missing"]),
        None if why is None else str(unseal(one.key, why, Place("invitation", "explanation", row.id))),
    )


async def concerned(
    session: AsyncSession, actor: Actor, action: str, organisation: str, invitation_id: UUID, hold: bool = False
) -> tuple[Actor, Invitation]:
    """The actor acting for the organisation, and the invitation, which is one of its own; raises `access.*`."""
    target = await target_of(session, actor.bureau, organisation)
    actor = authorize(actor, action, target)
    row = await session.get(Invitation, (actor.bureau, invitation_id), with_for_update=hold)
    if row is None or organisation not in (actor.bureau, *row.schools):
        raise ServiceError("access.not_found", "invitation", action=action)
    return authorize(actor, action, replace(target, guardians=tuple(row.guardians))), row


async def rows_of(
    session: AsyncSession, vault: Vault, bureau: str, organisation: str, year: int, community: str | None
) -> list[Shown]:
    """A year's invitations of an organisation, opened, by community."""
    query = select(Invitation).where(col(Invitation.bureau) == bureau, col(Invitation.year) == year)
    if organisation != bureau:
        query = query.where(col(Invitation.schools).contains([organisation]))
    if community is not None:
        query = query.where(col(Invitation.community) == community)
    rows = await session.scalars(query.order_by(col(Invitation.community), col(Invitation.id)))
    return await opened(session, vault, list(rows))


async def opened(session: AsyncSession, vault: Vault, rows: Sequence[Invitation]) -> list[Shown]:
    """These invitations with what stands of their children; the transaction sees them."""
    if not rows:
        return []
    bureau, wanted = rows[0].bureau, [row.expected for row in rows]
    found = await session.scalars(
        select(ExpectedChild).where(col(ExpectedChild.bureau) == bureau, col(ExpectedChild.id).in_(wanted))
    )
    children = {child.id: child for child in found}
    keys = await vault.keys_of(session, bureau, wanted)
    return [_shown(row, children[row.expected], keys[row.expected]) for row in rows]


def _shown(row: Invitation, child: ExpectedChild, key: bytes) -> Shown:
    said = unseal(key, child.sealed, Place("expected_child", "sealed", child.id))
    told = unseal(key, row.sealed, Place("invitation", "sealed", row.id))
    return Shown(row, tuple(child.sources), key, said, told)


async def _standing(session: AsyncSession, actor: Actor, year: int, ids: list[UUID]) -> dict[UUID, InvitationStanding]:
    """Whether these, which the actor has been shown, are answered; a town sees no applications."""
    async with in_the_bureaus_name(session, actor):
        return {row.invitation: row for row in await standings(session, actor.bureau, year, ids)}


def _line(one: Shown, stand: InvitationStanding) -> Line:
    return Line(
        id=one.row.id,
        child=masked_name(child_of(one.said)["name"]),
        community=one.row.community,
        sources=one.sources,
        finding=Finding(one.row.finding),
        status=InvitationStatus(one.row.status),
        answered=stand.answered,
        attempts=stand.attempts,
        due_on=due_on(one.row.year),
    )


def _count(rows: list[InvitationStanding]) -> CommunityCount:
    ended = Counter(row.status for row in rows if not row.answered and not row.open)
    waiting = sum(1 for row in rows if row.open)
    return CommunityCount(len(rows), len(rows) - waiting - ended.total(), dict(sorted(ended.items())), waiting)
