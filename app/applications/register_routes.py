"""Registers are asked, and a person decides what they contradict. Parse, one call, answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.accounts.calls import HeldVault, Session, SignedIn
from app.applications import register_list, register_rulings, register_watch
from app.applications.lifecycle import RegisterEvent
from app.applications.register_schemas import ContradictionLine, ContradictionPage, RuledOut, RulingIn, WatchOut

router = APIRouter()


@router.post("/rounds/{round_id}/register-checks", operation_id="ask_registers", status_code=status.HTTP_202_ACCEPTED)
async def ask_registers(round_id: UUID, session: Session, actor: SignedIn) -> WatchOut:
    """Ask the registers about all that is claimed in a round, now and until it is frozen: a job does it."""
    return WatchOut(job=await register_watch.start_watch(session, actor, round_id))


@router.get("/rounds/{round_id}/contradictions", operation_id="list_contradictions")
async def list_contradictions(
    round_id: UUID,
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ContradictionPage:
    """What registers contradict and a person has to decide, oldest first, without names and values."""
    rows = await register_list.list_contradictions(session, vault, actor, round_id, after, limit)
    lines = [ContradictionLine.model_validate(row, from_attributes=True) for row in rows]
    return ContradictionPage(contradictions=lines, next=rows[-1].id if len(rows) == limit else None)


@router.post("/register-checks/{check_id}/ruling", operation_id="rule_on_contradiction")
async def rule_on_contradiction(
    check_id: UUID, body: RulingIn, session: Session, vault: HeldVault, actor: SignedIn
) -> RuledOut:
    """Decide, with a reason, for what the family says or for what the register says; the case is decided anew."""
    event = RegisterEvent(body.event)
    return RuledOut(outcome=await register_rulings.rule(session, vault, actor, check_id, event, body.reason))
