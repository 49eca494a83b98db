"""The town, or the bureau in its place, decides on a deferral; the family is told, with what it can do."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import CASEWORK, Target, authorize
from app.accounts.queries import names_of
from app.actor import Actor
from app.applications import queries
from app.applications.bureaus_name import in_the_bureaus_name
from app.applications.deferrals import BEIJING, applications_of_entry, deferral_by_id, held_status
from app.applications.entry import seats_in_entry
from app.applications.lifecycle import ASSESSMENT, DEFERRAL, AssessmentEvent, DeferralEvent, DeferralStatus, Outcome
from app.applications.models import Application, Deferral
from app.database import database_now, table
from app.errors import ServiceError
from app.journal import service as journal
from app.lifecycle import TransitionRefused
from app.messages.post import Notice, post
from app.messages.vocabulary import one_line
from app.schools.vocabulary import Stage
from app.vault import Place, Vault, seal, unseal

SHORTEST_REASON = 5
TOLD = {DeferralEvent.APPROVE: "deferral_approved", DeferralEvent.REFUSE: "deferral_refused"}


def target_of(row: Deferral) -> Target:
    return Target(row.bureau, tuple(row.guardians), towns=tuple(row.schools))


async def decide_deferral(
    session: AsyncSession, vault: Vault, actor: Actor, deferral_id: UUID, event: DeferralEvent, reason: str | None
) -> None:
    """Approve a deferral, and the child waits for next year's round, or refuse it with a reason for the family.

    After the freeze too: the list then has no offer for the child, and the next pass leaves it out (ADR 0017). Raises
    `deferral.town_decides` for the bureau while the town's time runs, `deferral.reason_missing`, `deferral.place_held`,
    `deferral.decided_already`, `access.*`.
    """
    row = await deferral_by_id(session, actor.bureau, deferral_id)
    actor = authorize(actor, "deferral.decide", target_of(row))
    today = (await database_now(session)).astimezone(BEIJING).date()
    if actor.role == CASEWORK:
        await _in_the_towns_place(session, row, today)
    if event is DeferralEvent.REFUSE and len((reason or "").strip()) < SHORTEST_REASON:
        raise ServiceError("deferral.reason_missing", "reason")
    async with in_the_bureaus_name(session, actor):
        await _decide(session, vault, actor, row, event, None if event is DeferralEvent.APPROVE else reason)


async def _in_the_towns_place(session: AsyncSession, row: Deferral, today: date) -> None:
    if row.organisation is not None and today <= row.due_on:
        town = (await names_of(session, row.bureau, [row.organisation]))[row.organisation]
        raise ServiceError("deferral.town_decides", "deferral", town=town, due=row.due_on.isoformat())


async def _decide(
    session: AsyncSession, vault: Vault, actor: Actor, row: Deferral, event: DeferralEvent, reason: str | None
) -> None:
    found = await queries.application_by_id(session, actor.bureau, row.application)
    entry = await applications_of_entry(session, row)
    before = await held_status(session, actor.bureau, row.id)
    try:
        after = DEFERRAL.next(before, event)
    except TransitionRefused:
        raise ServiceError("deferral.decided_already", "deferral", status=before.value) from None
    if after is DeferralStatus.APPROVED:
        await _refuse_placed(session, row)
    key = await vault.key_of(session, actor.bureau, row.id)
    sealed = None if reason is None else seal(key, reason.strip(), Place("deferral", "reason", row.id))
    await session.execute(
        update(table(Deferral))
        .where(col(Deferral.bureau) == actor.bureau, col(Deferral.id) == row.id)
        .values(status=after.value, reason=sealed, decided_by=actor.person, decided_at=await database_now(session))
    )
    entries = [journal.entry(actor, "deferral", event.value, f"deferral:{row.id}", before, after)]
    if after is DeferralStatus.APPROVED:
        for _, application in entry:
            entries += await _put_off(session, actor, application)
    await journal.record_all(session, entries)
    told = unseal(key, row.sealed, Place("deferral", "sealed", row.id))
    title = await queries.round_title(session, actor.bureau, found.round)
    await post(session, vault, actor, _notices(row, event, title, one_line(told["name"])))


async def _refuse_placed(session: AsyncSession, row: Deferral) -> None:
    """Nobody is put off and placed."""
    if await seats_in_entry(session, row.bureau, Stage.PRIMARY, row.year, [row.child]):
        raise ServiceError("deferral.place_held", "deferral")


async def _put_off(session: AsyncSession, actor: Actor, application: Application) -> list[dict[str, Any]]:
    """Out of this year's round, into a state of its own; a refusal that a person has settled stands."""
    before = Outcome(application.outcome)
    if before in (Outcome.NOT_ELIGIBLE, Outcome.DEFERRED):
        return []
    after = ASSESSMENT.next(before, AssessmentEvent.DEFER)
    await session.execute(
        update(table(Application))
        .where(col(Application.bureau) == actor.bureau, col(Application.id) == application.id)
        .values(outcome=after.value)
    )
    return [journal.entry(actor, "application", "defer", f"application:{application.id}", before, after)]


def _notices(row: Deferral, event: DeferralEvent, title: dict[str, str], child: str) -> list[Notice]:
    family = tuple(row.guardians)
    return [
        Notice(TOLD[event], f"deferral:{row.id}", person, {"round": title}, {"child": child}, family)
        for person in family
    ]
