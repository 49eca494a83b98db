"""An office answers by list for what was referred to it; each case is decided anew at once, by the rules.

The office itself sees none of a case. What follows from its answer is done in the bureau's name, inside the same
transaction and after its right to answer was shown: with the answer it exists, or not at all (ADR 0019).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import authorize
from app.accounts.queries import organisation_target
from app.actor import Actor
from app.applications import queries
from app.applications.bureaus_name import in_the_bureaus_name
from app.applications.casework import Check, mark
from app.applications.decide import cases_of, decide_and_store
from app.applications.lifecycle import REFERRAL, EvidenceEvent, EvidenceSource, ReferralEvent, ReferralStatus
from app.applications.models import Application, Referral
from app.applications.notices import ask_for_papers
from app.database import database_now, table
from app.errors import ServiceError
from app.journal import service as journal
from app.lifecycle import TransitionRefused
from app.vault import Place, Vault, seal

SHORTEST_REASON = 5


@dataclass(frozen=True)
class Answer:
    """What the office says of one referral; a refusal gives its `reason` in words for the family."""

    referral: UUID
    event: EvidenceEvent
    reason: str | None = None


async def answer_referrals(
    session: AsyncSession, vault: Vault, actor: Actor, organisation: str, answers: Sequence[Answer]
) -> None:
    """Record answers by list, all or nothing, and decide each application anew.

    Raises `referral.reason_missing`, `referral.not_open`, `referral.answered_already`, naming the answer;
    `application.not_checkable` after the freeze, `access.*`. Nobody answers for a child of their own.
    """
    target = await organisation_target(session, actor.bureau, organisation)
    actor = authorize(actor, "referral.answer", target)
    given = {answer.referral: (index, answer) for index, answer in enumerate(answers)}
    shown = await _shown(session, actor.bureau, organisation, sorted(given))
    if len(given) < len(answers) or len(shown) < len(given):
        raise ServiceError("access.not_found", "answers", action="referral.answer")
    for row in shown:
        authorize(actor, "referral.answer", replace(target, guardians=tuple(row.guardians)))
    async with in_the_bureaus_name(session, actor):
        for round_id, applications in (await _by_round(session, actor.bureau, shown)).items():
            await _follow(session, vault, actor, round_id, applications, given)


async def _shown(session: AsyncSession, bureau: str, organisation: str, referrals: list[UUID]) -> list[Any]:
    rows = await session.execute(
        select(col(Referral.id), col(Referral.application), col(Referral.guardians)).where(
            col(Referral.bureau) == bureau,
            col(Referral.organisation) == organisation,
            col(Referral.id).in_(referrals),
        )
    )
    return list(rows)


async def _by_round(session: AsyncSession, bureau: str, shown: list[Any]) -> dict[UUID, dict[UUID, list[UUID]]]:
    """Round → application → its referrals."""
    found: dict[UUID, dict[UUID, list[UUID]]] = {}
    applications = {row.application for row in shown}
    rounds = await session.execute(
        select(col(Application.id), col(Application.round)).where(
            col(Application.bureau) == bureau, col(Application.id).in_(applications)
        )
    )
    round_of = {row.id: row.round for row in rounds}
    for row in sorted(shown, key=lambda row: (round_of[row.application], row.id)):
        found.setdefault(round_of[row.application], {}).setdefault(row.application, []).append(row.id)
    return found


async def _follow(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    round_id: UUID,
    applications: dict[UUID, list[UUID]],
    given: dict[UUID, tuple[int, Answer]],
) -> None:
    """Round and applications first, as a family's submission does, so that the two cannot block each other."""
    held = await queries.checkable_round(session, actor.bureau, round_id)
    rows = await queries.held_applications(session, actor.bureau, round_id, sorted(applications))
    referrals = await _held(session, actor.bureau, [id_ for ids in applications.values() for id_ in ids])
    entries = await _answer(session, vault, actor, referrals, given)
    checks = [Check(row.application, row.kind, given[row.id][1].event, EvidenceSource.REGISTER) for row in referrals]
    entries += await mark(session, actor, checks)
    entries += await decide_and_store(session, actor, held, await cases_of(session, vault, actor.bureau, rows))
    await journal.record_all(session, entries)
    outcomes = await queries.outcomes_of(session, actor.bureau, sorted(applications))
    await ask_for_papers(session, vault, actor, round_id, rows, checks, outcomes)


async def _held(session: AsyncSession, bureau: str, referrals: list[UUID]) -> list[Referral]:
    rows = await session.scalars(
        select(Referral)
        .where(col(Referral.bureau) == bureau, col(Referral.id).in_(referrals))
        .order_by(col(Referral.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def _answer(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    referrals: list[Referral],
    given: dict[UUID, tuple[int, Answer]],
) -> list[dict[str, Any]]:
    keys = await vault.keys_of(session, actor.bureau, [row.id for row in referrals])
    now, entries = await database_now(session), []
    for row in referrals:
        index, answer = given[row.id]
        after = _after(ReferralStatus(row.status), answer, index)
        reason = None if after is ReferralStatus.CONFIRMED else answer.reason
        sealed = None if reason is None else seal(keys[row.id], reason.strip(), Place("referral", "reason", row.id))
        await session.execute(
            update(table(Referral))
            .where(col(Referral.bureau) == actor.bureau, col(Referral.id) == row.id)
            .values(status=after.value, reason=sealed, answered_by=actor.person, answered_at=now)
        )
        entries.append(
            journal.entry(actor, "referral", answer.event.value, f"referral:{row.id}", row.status, after.value)
        )
    return entries


def _after(before: ReferralStatus, answer: Answer, index: int) -> ReferralStatus:
    if answer.event is EvidenceEvent.REFUSE and len((answer.reason or "").strip()) < SHORTEST_REASON:
        raise ServiceError("referral.reason_missing", f"answers.{index}.reason")
    if before is ReferralStatus.WITHDRAWN:
        raise ServiceError("referral.not_open", f"answers.{index}", status=before.value)
    try:
        return REFERRAL.next(before, ReferralEvent(answer.event.value))
    except TransitionRefused:
        raise ServiceError("referral.answered_already", f"answers.{index}", status=before.value) from None
