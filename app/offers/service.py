"""The family's answer, the school's report, the bureau's withdrawal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts import two_person
from app.accounts.access import Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.clock import uuid7
from app.database import database_now, table
from app.errors import ServiceError
from app.journal import service as journal
from app.offers.lifecycle import ANSWERS, OFFER, REPORTS, OfferEvent, OfferStatus
from app.offers.models import Offer, Pupil
from app.rounds import queries as rounds
from app.vault import Place, Vault, seal

WITHDRAW = "withdraw_offer"


@dataclass(frozen=True)
class Report:
    """What a school reports of one offered child."""

    offer: UUID
    event: OfferEvent


async def answer(
    session: AsyncSession, vault: Vault, actor: Actor, offer_id: UUID, event: OfferEvent, destination: str | None
) -> OfferStatus:
    """Accept for good, accept and keep waiting, or decline saying where the child will study (compulsory age).

    May be changed until the deadline. Raises `offer.answers_closed`, `offer.destination_needed`.
    """
    offer = await _locked(session, actor.bureau, offer_id)
    actor = authorize(actor, "offer.answer", Target(actor.bureau, tuple(offer.guardians)))
    if event not in ANSWERS:
        raise ServiceError("offer.not_an_answer", "answer")
    row = await rounds.answerable_round(session, actor.bureau, offer.round)
    now = await database_now(session)
    if row.status != "final" or row.answers_until is None or now > row.answers_until:
        raise ServiceError("offer.answers_closed", "answer")
    if event is OfferEvent.DECLINE and not (destination or "").strip():
        raise ServiceError("offer.destination_needed", "destination")
    after = OFFER.next(OfferStatus(offer.status), event)
    sealed = None
    if event is OfferEvent.DECLINE:
        key = await vault.key_of(session, actor.bureau, offer.child)
        sealed = seal(key, destination, Place("offer", "destination", offer.id))
    await session.execute(
        update(table(Offer))
        .where(col(Offer.bureau) == actor.bureau, col(Offer.id) == offer.id)
        .values(status=after.value, destination=sealed, answered_at=now)
    )
    await journal.record(session, actor, "offer", event.value, f"offer:{offer.id}", offer.status, after.value)
    return after


async def report(session: AsyncSession, actor: Actor, school: str, reports: Sequence[Report]) -> int:
    """A school reports who arrived, by list, all or nothing; an arrived child becomes a pupil.

    Raises `offer.not_a_report`, `offer.answers_open`, `access.not_found` for a child of another school.
    """
    actor = authorize(actor, "offer.report", Target(actor.bureau, schools=(school,)))
    offers = await _locked_of_school(session, actor.bureau, school, [item.offer for item in reports])
    await _answers_over(session, actor.bureau, {offer.round for offer in offers.values()})
    moved, entries, pupils = [], [], []
    for item in reports:
        offer = offers[item.offer]
        if item.event not in REPORTS:
            raise ServiceError("offer.not_a_report", "report")
        after = OFFER.next(OfferStatus(offer.status), item.event)
        moved.append({"of_bureau": actor.bureau, "of_id": offer.id, "now": after.value})
        entries.append(journal.entry(actor, "offer", item.event.value, f"offer:{offer.id}", offer.status, after.value))
        if after is OfferStatus.ARRIVED:
            pupils.append(_pupil(offer))
    statement = (
        update(table(Offer))
        .where(col(Offer.bureau) == bindparam("of_bureau"), col(Offer.id) == bindparam("of_id"))
        .values(status=bindparam("now"), reported_at=await database_now(session))
    )
    await (await session.connection()).execute(statement, moved)
    if pupils:
        await session.execute(insert(table(Pupil)), pupils)
    await journal.record_all(session, entries)
    return len(moved)


async def propose_withdrawal(session: AsyncSession, actor: Actor, offer_id: UUID, reason: str) -> TwoPersonAct:
    """The bureau proposes to withdraw a place, with its reason; a school never can."""
    offer = await _locked(session, actor.bureau, offer_id)
    actor = authorize(actor, "offer.propose_withdrawal", Target(actor.bureau, tuple(offer.guardians)))
    OFFER.next(OfferStatus(offer.status), OfferEvent.WITHDRAW)
    audience = ("casework", "approval", "auditor")
    return await two_person.propose(session, actor, WITHDRAW, f"offer:{offer.id}", _withdrawal(offer, reason), audience)


async def withdraw(session: AsyncSession, vault: Vault, actor: Actor, act_id: UUID, digest: str, reason: str) -> None:
    """The second person withdraws the place; the reason is sealed with the offer."""
    act = await two_person.find(session, actor.bureau, act_id, WITHDRAW)
    offer = await _locked(session, actor.bureau, UUID(act.object.partition(":")[2]))
    actor = authorize(actor, "offer.withdraw", Target(actor.bureau, tuple(offer.guardians)))
    await two_person.approve(session, actor, act_id, WITHDRAW, digest, _withdrawal(offer, reason))
    after = OFFER.next(OfferStatus(offer.status), OfferEvent.WITHDRAW)
    key = await vault.key_of(session, actor.bureau, offer.child)
    await session.execute(
        update(table(Offer))
        .where(col(Offer.bureau) == actor.bureau, col(Offer.id) == offer.id)
        .values(
            status=after.value,
            withdrawal_act=act_id,
            destination=seal(key, reason, Place("offer", "destination", offer.id)),
        )
    )
    await journal.record(session, actor, "offer", "withdraw", f"offer:{offer.id}", offer.status, after.value)


def _withdrawal(offer: Offer, reason: str) -> dict[str, Any]:
    return {"offer": str(offer.id), "status": offer.status, "reason": journal.body_digest(reason).hex()}


def _pupil(offer: Offer) -> dict[str, Any]:
    return {
        "bureau": offer.bureau,
        "id": uuid7(),
        "guardians": offer.guardians,
        "schools": [offer.school],
        "child": offer.child,
        "school": offer.school,
        "offer": offer.id,
    }


async def _answers_over(session: AsyncSession, bureau: str, round_ids: set[UUID]) -> None:
    for round_id in sorted(round_ids):
        row = await rounds.answerable_round(session, bureau, round_id)
        if row.status not in ("answered", "concluded"):
            raise ServiceError("offer.answers_open", "report")


async def _locked(session: AsyncSession, bureau: str, offer_id: UUID) -> Offer:
    offer = await session.scalar(
        select(Offer).where(col(Offer.bureau) == bureau, col(Offer.id) == offer_id).with_for_update()
    )
    if offer is None:
        raise ServiceError("access.not_found", "offer", action="offer")
    return offer


async def _locked_of_school(session: AsyncSession, bureau: str, school: str, wanted: list[UUID]) -> dict[UUID, Offer]:
    rows = await session.scalars(
        select(Offer)
        .where(col(Offer.bureau) == bureau, col(Offer.school) == school, col(Offer.id).in_(wanted))
        .order_by(col(Offer.id))
        .with_for_update()
    )
    found = {offer.id: offer for offer in rows}
    if len(found) != len(set(wanted)):
        raise ServiceError("access.not_found", "offers", action="offer.report")
    return found
