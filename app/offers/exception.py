"""The bureau admits the second of parted twins beside the first, above the seats drawn: two persons, with a reason.

It stands beside the result and never in it: bundle, run and their digests stay, and what a verifier has accepted it
accepts still. The child has left the market: a later pass is built without it, and the place that it had elsewhere is
that pass's to give.
"""

from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import two_person
from app.accounts.access import ALLOCATION, APPROVAL, AUDITOR, Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.applications import queries as applications
from app.applications.entry import hold_children
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal
from app.offers.exception_act import about, payload
from app.offers.exception_candidates import Candidate, candidates
from app.offers.exception_offer import offer_of
from app.offers.lifecycle import OfferEvent
from app.offers.models import Offer, OfferException
from app.offers.moves import among, held_offers, move
from app.offers.notices import ADMITTED, tell
from app.rounds import queries as rounds
from app.rounds.moves import held_round
from app.rounds.rows import RoundRow, row_of
from app.vault import Place, Vault, seal

ADMIT = "admit_by_exception"


async def parted_twins(session: AsyncSession, actor: Actor, round_id: UUID) -> list[Candidate]:
    """Everyone whom the round's runs parted from a twin, with the headroom at the twin's programme; journalled."""
    actor = authorize(actor, "exception.list", Target(actor.bureau))
    found = await candidates(session, await rounds.round_by_id(session, actor.bureau, round_id))
    await journal.record(session, actor, "exception", "list_parted", f"round:{round_id}", "-", "read")
    return found


async def propose_exception(
    session: AsyncSession, actor: Actor, round_id: UUID, application: UUID, programme: str, reason: str
) -> TwoPersonAct:
    """Propose to admit an application's child to the programme at which its twin has a place, with the reason.

    Raises `exception.not_parted` and the others of `Candidate.refused`.
    """
    actor = authorize(actor, "exception.propose", Target(actor.bureau))
    row = await rounds.answerable_round(session, actor.bureau, round_id)
    found = await _candidate(session, row, application, programme)
    actor = authorize(actor, "exception.propose", Target(actor.bureau, found.guardians))
    if found.refused is not None:
        raise ServiceError(found.refused, "application")
    audience = (ALLOCATION, APPROVAL, AUDITOR)
    return await two_person.propose(session, actor, ADMIT, about(found), payload(row, found, reason), audience)


async def admit(session: AsyncSession, vault: Vault, actor: Actor, act_id: UUID, digest: str, reason: str) -> UUID:
    """The second person admits the child, repeating the reason that both have read; answers the offer.

    A place that the child had elsewhere is superseded in the same step; where its family had accepted, or waited
    for nothing that it prefers to this, it has accepted here, so that silence never costs it both. Raises `act.*`,
    `exception.*`.
    """
    actor = authorize(actor, "exception.approve", Target(actor.bureau))
    act = await two_person.find(session, actor.bureau, act_id, ADMIT)
    row = row_of(await held_round(session, actor.bureau, UUID(act.payload["round"])))
    application = await applications.application_by_id(session, actor.bureau, UUID(act.payload["application"]))
    await hold_children(session, actor.bureau, [application.child])
    found = await _candidate(session, row, UUID(act.payload["application"]), act.payload["programme"])
    actor = authorize(actor, "exception.approve", Target(actor.bureau, found.guardians))
    if found.refused is not None:
        raise ServiceError(found.refused, "application")
    await two_person.approve(session, actor, act_id, ADMIT, digest, payload(row, found, reason))
    if found.offer is not None:
        held = await held_offers(session, actor.bureau, among([found.offer.id]))
        await move(session, actor, [(offer, OfferEvent.LEAVE_BY_EXCEPTION) for offer in held])
    offer = await offer_of(session, row, found)
    key = await vault.key_of(session, actor.bureau, offer["child"])
    given = {column: offer[column] for column in ("bureau", "id", "guardians", "round", "application")}
    given |= {"schools": [], "act": act_id, "pass_number": row.pass_number}
    given["reason"] = seal(key, reason, Place("offer", "exception_reason", offer["id"]))
    await session.execute(insert(table(OfferException)), [given])
    await session.execute(insert(table(Offer)), [offer])
    await applications.show_to_schools(session, actor.bureau, [(offer["application"], offer["child"], offer["school"])])
    await journal.record(session, actor, "offer", ADMIT, f"offer:{offer['id']}", after=offer["status"])
    id_: UUID = offer["id"]
    told = (ADMITTED, f"offer:{id_}", found.twins.missed)
    await tell(session, vault, actor, row, [told], until=row.answers_until)
    return id_


async def _candidate(session: AsyncSession, row: RoundRow, application: UUID, programme: str) -> Candidate:
    for found in await candidates(session, row):
        if (found.twins.missed.application, found.twins.programme) == (application, programme):
            return found
    raise ServiceError("exception.not_parted", "application")
