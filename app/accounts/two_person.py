"""Acts that need two persons. The database holds the rules (see TwoPersonAct); here they get their words.

A feature proposes with the payload that both persons see; before the act takes effect it calls `approve` with
the payload as it would be now: if the input changed meanwhile, the act is void and the caller is told so.
"""

import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.lifecycle import ACT, ActEvent, ActStatus
from app.accounts.models import TwoPersonAct as TwoPersonAct
from app.actor import Actor
from app.database import database_now
from app.errors import ServiceError
from app.journal import service as journal

__all__ = ["TwoPersonAct", "approve", "digest_of", "find", "propose"]
VALID_FOR = timedelta(hours=24)


def digest_of(kind: str, object_: str, payload: dict[str, Any]) -> str:
    """What both persons see and name: SHA-256 over the act's canonical JSON."""
    canonical = json.dumps([kind, object_, payload], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


async def propose(
    session: AsyncSession, actor: Actor, kind: str, object_: str, payload: dict[str, Any], audience: tuple[str, ...]
) -> TwoPersonAct:
    """Propose an act; earlier open proposals of the same kind on the same object become void."""
    for earlier in await _open_acts(session, actor.bureau, kind, object_):
        await _void(session, actor, earlier)
    act = TwoPersonAct(
        bureau=actor.bureau,
        kind=kind,
        object=object_,
        payload=payload,
        digest=digest_of(kind, object_, payload),
        audience=list(audience),
        proposed_by=actor.person,
        proposed_at=await database_now(session),
    )
    session.add(act)
    await session.flush()
    await journal.record(session, actor, "act", f"propose_{kind}", f"act:{act.id}", after=act.digest)
    return act


async def approve(
    session: AsyncSession, actor: Actor, act_id: UUID, kind: str, shown_digest: str, payload_now: dict[str, Any]
) -> TwoPersonAct:
    """Approve as the second person. Raises `act.*` errors: not found, already used, same person, other digest,
    too late, or input changed since (which makes the act void for good)."""
    act = await find(session, actor.bureau, act_id, kind, lock=True)
    now = await database_now(session)
    if act.status != ActStatus.PROPOSED:
        raise ServiceError("act.not_open", "act", status=act.status)
    if act.proposed_by == actor.person:
        raise ServiceError("act.same_person")
    if act.digest != shown_digest:
        raise ServiceError("act.other_digest", "digest")
    if now > act.proposed_at + VALID_FOR:
        raise ServiceError("act.too_late")
    if digest_of(kind, act.object, payload_now) != act.digest:
        await _void(session, actor, act)
        raise ServiceError("act.input_changed", keeps_work=True)
    act.status = ACT.next(ActStatus(act.status), ActEvent.APPROVE).value
    act.approved_by, act.approved_digest, act.approved_at = actor.person, shown_digest, now
    await session.flush()
    await journal.record(session, actor, "act", f"approve_{kind}", f"act:{act.id}", ActStatus.PROPOSED, act.status)
    return act


async def find(session: AsyncSession, bureau: str, act_id: UUID, kind: str, lock: bool = False) -> TwoPersonAct:
    """The act, held FOR UPDATE if `lock`; raises `access.not_found`."""
    query = select(TwoPersonAct).where(
        col(TwoPersonAct.bureau) == bureau, col(TwoPersonAct.id) == act_id, col(TwoPersonAct.kind) == kind
    )
    act = await session.scalar(query.with_for_update() if lock else query)
    if act is None:
        raise ServiceError("access.not_found", "act", action=kind)
    return act


async def _open_acts(session: AsyncSession, bureau: str, kind: str, object_: str) -> list[TwoPersonAct]:
    rows = await session.scalars(
        select(TwoPersonAct)
        .where(
            col(TwoPersonAct.bureau) == bureau,
            col(TwoPersonAct.kind) == kind,
            col(TwoPersonAct.object) == object_,
            col(TwoPersonAct.status) == ActStatus.PROPOSED,
        )
        .with_for_update()
    )
    return list(rows)


async def _void(session: AsyncSession, actor: Actor, act: TwoPersonAct) -> None:
    act.status = ACT.next(ActStatus(act.status), ActEvent.VOID).value
    await session.flush()
    await journal.record(session, actor, "act", f"void_{act.kind}", f"act:{act.id}", ActStatus.PROPOSED, act.status)
