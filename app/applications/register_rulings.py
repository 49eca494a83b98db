"""A person decides what a register contradicts: for what the family says, or for what the register says, with a reason
that the family reads. Nothing else resolves a contradiction but the family itself, by saying something else."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.assessment import EVIDENCE
from app.applications.casework import Check, mark
from app.applications.decide import cases_of, decide_and_store
from app.applications.lifecycle import (
    REGISTER_CHECK,
    EvidenceEvent,
    EvidenceSource,
    EvidenceStatus,
    Outcome,
    RegisterEvent,
    RegisterStatus,
)
from app.applications.models import Evidence, RegisterCheck
from app.applications.notices import ask_for_papers
from app.applications.register_list import REASON
from app.applications.register_standing import still_claimed
from app.applications.within_year import refuse_while_placed
from app.database import database_now, table
from app.errors import ServiceError
from app.journal import service as journal
from app.lifecycle import TransitionRefused
from app.vault import Place, Vault, seal

FOLLOWS = {RegisterEvent.UPHOLD: EvidenceEvent.CONFIRM, RegisterEvent.CORRECT: EvidenceEvent.REFUSE}
STANDS = {EvidenceEvent.CONFIRM: EvidenceStatus.CONFIRMED, EvidenceEvent.REFUSE: EvidenceStatus.REFUSED}
SOURCES = {RegisterEvent.UPHOLD: EvidenceSource.DOCUMENT, RegisterEvent.CORRECT: EvidenceSource.REGISTER}


async def rule(
    session: AsyncSession, vault: Vault, actor: Actor, check_id: UUID, event: RegisterEvent, reason: str
) -> Outcome:
    """Decide for the family (`uphold`: the evidence is confirmed) or for the register (`correct`: it is refused);
    answers the outcome. `reason` is an individual sentence, not blank.

    Raises `register.not_contradicted`, `application.not_checkable` after the freeze, `access.*`.
    """
    shown = await session.get(RegisterCheck, (actor.bureau, check_id))
    if shown is None:
        raise ServiceError("access.not_found", "register_check", action="contradiction.rule")
    actor = authorize(actor, "contradiction.rule", Target(actor.bureau, tuple(shown.guardians), tuple(shown.schools)))
    held = await queries.checkable_round(session, actor.bureau, shown.round)
    rows = await queries.held_applications(session, actor.bureau, shown.round, [shown.application])
    await refuse_while_placed(session, actor.bureau, held, [shown.application])
    check = await _contradicted(session, actor.bureau, check_id)
    after = _after(check, event)
    key = await vault.key_of(session, actor.bureau, check.child)
    await session.execute(
        update(table(RegisterCheck))
        .where(col(RegisterCheck.bureau) == actor.bureau, col(RegisterCheck.id) == check_id)
        .values(
            status=after.value,
            reason=seal(key, reason, Place("register_check", REASON, check_id)),
            settled_by=actor.person,
            settled_at=await database_now(session),
        )
    )
    entries = [
        journal.entry(actor, "register_check", event.value, f"register_check:{check_id}", check.status, after.value)
    ]
    checks = await _checks(session, actor.bureau, check, event)
    entries += await mark(session, actor, checks)
    if checks:
        entries += await decide_and_store(session, actor, held, await cases_of(session, vault, actor.bureau, rows))
    await journal.record_all(session, entries)
    outcomes = await queries.outcomes_of(session, actor.bureau, [check.application])
    await ask_for_papers(session, vault, actor, shown.round, rows, checks, outcomes)
    return outcomes[check.application]


async def _contradicted(session: AsyncSession, bureau: str, check_id: UUID) -> RegisterCheck:
    """The question, held, while the family still says what the register contradicts."""
    check = await session.scalar(
        select(RegisterCheck)
        .join(Evidence, still_claimed())
        .where(col(RegisterCheck.bureau) == bureau, col(RegisterCheck.id) == check_id)
        .with_for_update(of=table(RegisterCheck))
        .execution_options(populate_existing=True)
    )
    if check is None:
        raise ServiceError("register.not_contradicted", "register_check", status=RegisterStatus.WITHDRAWN.value)
    return check


def _after(check: RegisterCheck, event: RegisterEvent) -> RegisterStatus:
    try:
        after: RegisterStatus = REGISTER_CHECK.next(RegisterStatus(check.status), event)
    except TransitionRefused:
        raise ServiceError("register.not_contradicted", "register_check", status=check.status) from None
    return after


async def _checks(session: AsyncSession, bureau: str, check: RegisterCheck, event: RegisterEvent) -> list[Check]:
    """What follows for the evidence; nothing where none hangs on the question, or it stands so already."""
    follows = FOLLOWS[event]
    standing = (await queries.checks_of(session, bureau, [check.application]))[check.application]
    if check.kind not in EVIDENCE or standing[check.kind] == STANDS[follows]:
        return []
    return [Check(check.application, check.kind, follows, SOURCES[event])]
