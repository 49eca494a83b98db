"""A family corrects what it declared, after the deadline and before the freeze; an officer decides, within its clock.

While the form is open the family submits it anew instead. An accepted correction is checked like any claim.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications.amend import amend, form_of, refuse_other_changes
from app.applications.form import Form, read_form
from app.applications.holders import refuse_held_by_another
from app.applications.lifecycle import ApplicationStatus
from app.applications.places import known_communities
from app.applications.queries import application_by_id, checkable_round, held_application, round_title
from app.applications.reading import child_names
from app.casework.lifecycle import CORRECTION, CorrectionEvent, CorrectionStatus, words
from app.casework.models import Correction
from app.clock import uuid7
from app.database import database_now, table
from app.errors import ServiceError
from app.journal import service as journal
from app.messages.post import Notice, post
from app.messages.vocabulary import one_line
from app.vault import Place, Vault, seal, unseal

SHORTEST_ANSWER = 5
OPEN = "open"
TOLD = "correction_decided"


async def request_correction(
    session: AsyncSession, vault: Vault, actor: Actor, application_id: UUID, form: Form, why: str
) -> UUID:
    """Ask that declared facts be corrected to those of this form. Raises `correction.form_still_open`,
    `correction.not_a_fact`, `correction.nothing_changed`, `correction.open_already`, `application.not_checkable`,
    `application.unknown_community`, `access.*`."""
    row = await application_by_id(session, actor.bureau, application_id)
    actor = authorize(actor, "correction.request", Target(actor.bureau, tuple(row.guardians)))
    held = await checkable_round(session, actor.bureau, row.round)
    if held.status == OPEN and held.now <= held.closes_at:
        raise ServiceError("correction.form_still_open", "round", until=held.closes_at.isoformat())
    if row.status != ApplicationStatus.SUBMITTED:
        raise ServiceError("application.not_checkable", "application", status=row.status)
    refuse_other_changes(await form_of(session, vault, row), form)
    await known_communities(session, actor.bureau, held, form)
    key, id_ = await vault.key_of(session, actor.bureau, row.child), uuid7()
    made = Correction(
        bureau=actor.bureau,
        id=id_,
        guardians=list(row.guardians),
        application=row.id,
        status=CORRECTION.initial.value,
        sealed=seal(key, {"form": form.to_json(), "why": why.strip()}, Place("correction", "sealed", id_)),
        requested_at=held.now,
    )
    try:
        async with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        if "one_open_correction" not in str(error.orig):
            raise
        raise ServiceError("correction.open_already", "application") from None
    await journal.record(session, actor, "correction", "request", f"correction:{id_}", after=form.digest)
    return id_


async def decide_correction(
    session: AsyncSession, vault: Vault, actor: Actor, correction_id: UUID, accepted: bool, answer: str
) -> None:
    """Accept it, and the case is decided anew on the corrected facts, or refuse it; with an answer for the family.

    Raises `correction.decided_already`, `correction.answer_missing`, `application.not_checkable`,
    `casework.held_by_another`, `access.*`.
    """
    row = await session.get(Correction, (actor.bureau, correction_id))
    if row is None:
        raise ServiceError("access.not_found", "correction", action="correction.decide")
    actor = authorize(actor, "correction.decide", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    held = await checkable_round(
        session, actor.bureau, (await application_by_id(session, row.bureau, row.application)).round
    )
    application = await held_application(session, actor.bureau, row.application)
    await session.refresh(row, with_for_update=True)
    if row.status != CorrectionStatus.REQUESTED:
        raise ServiceError("correction.decided_already", "correction", status=row.status)
    if len(answer.strip()) < SHORTEST_ANSWER:
        raise ServiceError("correction.answer_missing", "answer")
    await refuse_held_by_another(session, actor, [application.id], "correction")
    after = CORRECTION.next(CorrectionStatus.REQUESTED, CorrectionEvent.ACCEPT if accepted else CorrectionEvent.REFUSE)
    key = await vault.key_of(session, actor.bureau, application.child)
    told = unseal(key, row.sealed, Place("correction", "sealed", row.id))
    if accepted:
        wanted, standing = read_form(told["form"]), await application_by_id(session, actor.bureau, application.id)
        # A round that was opened again has let the family change more meanwhile.
        refuse_other_changes(await form_of(session, vault, standing), wanted)
        await amend(session, vault, actor, held, application.id, wanted)
    await session.execute(
        update(table(Correction))
        .where(col(Correction.bureau) == actor.bureau, col(Correction.id) == row.id)
        .values(
            status=after.value,
            answer=seal(key, answer.strip(), Place("correction", "answer", row.id)),
            decided_by=actor.person,
            decided_at=await database_now(session),
        )
    )
    await journal.record(session, actor, "correction", "decide", f"correction:{row.id}", "requested", after)
    await _tell(session, vault, actor, row, application.child, held.id)


async def corrections_of(session: AsyncSession, vault: Vault, bureau: str, row: Any) -> list[dict[str, Any]]:
    """What was asked to be corrected of this application, and what became of it, oldest first."""
    rows = await session.scalars(
        select(Correction)
        .where(col(Correction.bureau) == bureau, col(Correction.application) == row.id)
        .order_by(col(Correction.id))
    )
    key = await vault.key_of(session, bureau, row.child)
    found = []
    for one in rows:
        zh, en = words(CorrectionStatus(one.status))
        answer = None if one.answer is None else unseal(key, one.answer, Place("correction", "answer", one.id))
        asked = {"id": one.id, "status": one.status, "zh": zh, "en": en, "requested_at": one.requested_at}
        found.append({**asked, **unseal(key, one.sealed, Place("correction", "sealed", one.id)), "answer": answer})
    return found


async def _tell(
    session: AsyncSession, vault: Vault, actor: Actor, row: Correction, child: UUID, round_id: UUID
) -> None:
    parameters = {"round": await round_title(session, row.bureau, round_id)}
    personal = {"child": one_line((await child_names(session, vault, row.bureau, [child]))[child])}
    family = tuple(row.guardians)
    notices = [Notice(TOLD, f"correction:{row.id}", person, parameters, personal, family) for person in family]
    await post(session, vault, actor, notices)
