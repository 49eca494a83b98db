"""The bureau mends its own error: two persons give a child a place beside the result, above the seats if need be.

It stands beside the result and never in it: bundle, run and their digests stay. Where the classes are full the excess
is named in the act and kept in the record. Whom the bureau refused in error is eligible from then on.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import two_person
from app.accounts.access import ALLOCATION, APPROVAL, AUDITOR, Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.applications import queries as applications
from app.applications.entry import hold_children
from app.applications.settling import admit_after_error
from app.clock import uuid7
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal
from app.offers.bands import band_of
from app.offers.lifecycle import OfferEvent, OfferStatus
from app.offers.models import Offer, OfferException
from app.offers.moves import among, held_offers, move
from app.offers.notices import REDRESSED, tell
from app.offers.redress_case import Case, Wanted, case_of
from app.offers.vocabulary import BY_REDRESS, Ground
from app.rounds import queries as rounds
from app.rounds.deadlines import answer_deadline
from app.rounds.moves import held_round
from app.rounds.rows import RoundRow, row_of
from app.schools import queries as schools
from app.schools.class_register import hold_grade
from app.vault import Place, Vault, seal

MEND = "mend_error"


async def propose_redress(
    session: AsyncSession, actor: Actor, round_id: UUID, wanted: Wanted, reason: str, beyond_limit: bool = False
) -> TwoPersonAct:
    """Propose the place, with ground and reason. Raises `exception.no_headroom` where it would exceed the class limit
    and `beyond_limit` does not say that this is meant, and what `case_of` raises."""
    actor = authorize(actor, "redress.propose", Target(actor.bureau))
    row = await rounds.answerable_round(session, actor.bureau, round_id)
    found = await case_of(session, row, wanted)
    actor = authorize(actor, "redress.propose", Target(actor.bureau, found.guardians))
    if found.excess and not beyond_limit:
        raise ServiceError("exception.no_headroom", "beyond_limit")
    about, payload = f"application:{found.application}", found.payload(row, reason)
    return await two_person.propose(session, actor, MEND, about, payload, (ALLOCATION, APPROVAL, AUDITOR))


async def give(session: AsyncSession, vault: Vault, actor: Actor, act_id: UUID, digest: str, reason: str) -> UUID:
    """The second person gives the place, repeating the reason that both have read; answers the offer, which is open.

    A worse place that the child holds is superseded in the same step; silence never costs it both. Raises `act.*`,
    `redress.*`, `exception.*`.
    """
    actor = authorize(actor, "redress.approve", Target(actor.bureau))
    act = await two_person.find(session, actor.bureau, act_id, MEND)
    said = act.payload
    row = row_of(await held_round(session, actor.bureau, UUID(said["round"])))
    wanted = Wanted(UUID(said["application"]), said["programme"], Ground(said["ground"]))
    application = await applications.application_by_id(session, actor.bureau, wanted.application)
    await hold_children(session, actor.bureau, [application.child])
    await hold_grade(session, actor.bureau, row.year, await _grade_of(session, row, wanted))
    found = await case_of(session, row, wanted)
    actor = authorize(actor, "redress.approve", Target(actor.bureau, found.guardians))
    await two_person.approve(session, actor, act_id, MEND, digest, found.payload(row, reason))
    await admit_after_error(session, vault, actor, found.application, reason)
    if found.offer is not None:
        left = await held_offers(session, actor.bureau, among([found.offer.id]))
        await move(session, actor, [(offer, OfferEvent.LEAVE_BY_EXCEPTION) for offer in left])
    offer = await _offer(session, row, found)
    await _record(session, vault, row, act_id, found, offer["id"], reason)
    await session.execute(insert(table(Offer)), [offer])
    await applications.show_to_schools(session, actor.bureau, [(found.application, found.child, offer["school"])])
    await journal.record(session, actor, "offer", MEND, f"offer:{offer['id']}", after=offer["status"])
    until = await _answer_until(session, row)
    await tell(session, vault, actor, row, [(REDRESSED, f"offer:{offer['id']}", found)], until)
    id_: UUID = offer["id"]
    return id_


async def _grade_of(session: AsyncSession, row: RoundRow, wanted: Wanted) -> int:
    """Nobody gives the same room of a class meanwhile; a programme that is not the round's is refused with the case."""
    plans = await schools.programmes_of_round(session, row.bureau, row.id)
    return next((plan.grade for plan in plans if plan.id == wanted.programme), -1)


async def _answer_until(session: AsyncSession, row: RoundRow) -> datetime:
    """At the earliest: the family's own time runs from its proven notice (ADR 0014)."""
    own = await answer_deadline(session, row)
    return own if row.answers_until is None else max(own, row.answers_until)


async def _record(
    session: AsyncSession, vault: Vault, row: RoundRow, act: UUID, found: Case, offer: UUID, reason: str
) -> None:
    key = await vault.key_of(session, row.bureau, found.child)
    kept = {
        "bureau": row.bureau,
        "id": offer,
        "guardians": list(found.guardians),
        "schools": [],
        "round": row.id,
        "application": found.application,
        "act": act,
        "pass_number": row.pass_number,
        "reason": seal(key, reason, Place("offer", "exception_reason", offer)),
        "ground": found.wanted.ground.value,
        "excess": found.excess,
    }
    await session.execute(insert(table(OfferException)), [kept])


async def _offer(session: AsyncSession, row: RoundRow, found: Case) -> dict[str, Any]:
    geography = await schools.geography(session, row.bureau, row.as_of)
    catchments = await schools.catchment_schools(session, row.bureau, row.stage, row.as_of)
    school = found.headroom.school
    feeders = (await applications.feeders_of_round(session, row.bureau, row.id)).get(found.application, ())
    home = found.residence_community
    band, metres = band_of(home, school, catchments, geography, row.distance_limit_m, feeders)
    return {
        "bureau": row.bureau,
        "id": uuid7(),
        "guardians": list(found.guardians),
        "schools": [school],
        "round": row.id,
        "application": found.application,
        "child": found.child,
        "run": found.run,
        "replaces": found.offer.id if found.offer is not None else None,
        "programme": found.wanted.programme,
        "school": school,
        "rank": found.rank,
        "seat": BY_REDRESS,
        "band": band.value,
        "distance_m": metres,
        "status": OfferStatus.OPEN.value,
        "lapsed": False,
    }
