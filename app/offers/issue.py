"""From a published list to offers: issue, finalise, end of answers, later pass.

Each moves the round (through `rounds`) and its offers in one transaction.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries as applications
from app.applications.entry import hold_children
from app.clock import uuid7
from app.database import table
from app.journal import service as journal
from app.offers import queries
from app.offers.bands import band_of
from app.offers.lifecycle import FOR_GOOD, GAVE_UP, HOLDS_A_SEAT, OfferEvent, OfferStatus
from app.offers.models import Offer
from app.offers.moves import held_offers, move
from app.offers.notices import tell_of_offers, tell_proposed
from app.offers.silence import STILL_OPEN_AFTER, lapse
from app.offers.vocabulary import BESIDE_THE_RESULT
from app.rounds import departures, freeze, publish
from app.rounds import queries as rounds
from app.rounds.lifecycle import RoundStatus
from app.rounds.moves import held_round
from app.rounds.notice import LIST_FINAL, public_runs
from app.rounds.publish import Placed, ProposedList
from app.rounds.rows import RoundRow, row_of
from app.schools import queries as schools
from app.vault import Vault


async def issue(session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID) -> int:
    """Make the approved list public, an offer for each place in it, and tell every family; answers how many offers
    are new."""
    return await offer_places(session, vault, actor, await publish.propose(session, actor, round_id))


async def offer_places(session: AsyncSession, vault: Vault, actor: Actor, listed: ProposedList) -> int:
    """An offer for each place of the list that its child does not hold already; answers how many.

    In a later pass whoever keeps its place keeps its offer; a better place supersedes the one held. Whoever has been
    given a place in another round of the entry meanwhile keeps that one, and whoever's entry has been put off has none
    in it: there is none for it here (ADR 0017).
    """
    row = await rounds.round_by_id(session, actor.bureau, listed.round)
    held = {offer.application: offer for offer in await seats(session, actor.bureau, listed.round)}
    new = [
        place
        for place in listed.placements
        if place.programme is not None
        and (place.application not in held or held[place.application].programme != place.programme)
    ]
    children = [place.child for place in new]
    await hold_children(session, actor.bureau, children)
    elsewhere = await departures.placed_elsewhere(session, row, children)
    names = {place.application: place.pseudonym for place in new}
    await departures.record(session, actor, row, listed.bundle, new, elsewhere, names, published=True)
    deferred = await applications.deferred_in_round(session, actor.bureau, listed.round)
    new = [place for place in new if place.child not in elsewhere and place.application not in deferred]
    left = {place.application: held[place.application] for place in new if place.application in held}
    await move(session, actor, [(offer, OfferEvent.SUPERSEDE) for offer in left.values()])
    rows = await _offers(session, row, listed, new, left)
    if rows:
        await session.execute(insert(table(Offer)), rows)
    issued = [(f"offer:{row['id']}", row["status"]) for row in rows]
    await journal.record_all(
        session, [journal.entry(actor, "offer", "issue", name, journal.ABSENT, status) for name, status in issued]
    )
    await tell_proposed(session, vault, actor, row, listed, new, left)
    return len(rows)


async def finalise(session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID) -> int:
    """The list is final: every proposed offer opens for its family's answer, and its school learns of the child."""
    row = await publish.finalise(session, actor, round_id)
    proposed = await seats(session, actor.bureau, round_id, OfferStatus.PROPOSED)
    pairs = [(offer.application, offer.child, offer.school) for offer in proposed]
    await applications.show_to_schools(session, actor.bureau, pairs)
    await tell_of_offers(session, vault, actor, row, LIST_FINAL, proposed, row.answers_until)
    return len(await move(session, actor, [(offer, OfferEvent.OPEN) for offer in proposed]))


async def end_answers(session: AsyncSession, actor: Actor, round_id: UUID) -> int:
    """The answer deadline has passed: silence means what the round has published it to mean, for every family whose
    own time is over (ADR 0014); the others' offers stay open. Done again, it is for those whose time has ended since:
    they keep their place. Answers how many offers it settles."""
    actor = authorize(actor, "round.end_answers", Target(actor.bureau))
    held = await held_round(session, actor.bureau, round_id)
    if held.status in STILL_OPEN_AFTER:
        return await lapse(session, actor, row_of(held))
    row = await publish.end_answers(session, actor, round_id)
    return await lapse(session, actor, row, (await public_runs(session, actor.bureau, round_id))[0])


async def later_pass(session: AsyncSession, actor: Actor, round_id: UUID) -> UUID:
    """Freeze a later pass: who gave its place up is left out, who has one for good keeps it, the rest stand as they
    stood: among them whom no message has reached. Answers the bundle."""
    actor = authorize(actor, "round.later_pass", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    if row.status == RoundStatus.ANSWERED:
        await lapse(session, actor, row_of(row))
    offers = list(
        await session.scalars(select(Offer).where(col(Offer.bureau) == actor.bureau, col(Offer.round) == round_id))
    )
    # Whoever gave up in an earlier pass is out of this one already; so is who was then admitted by exception, whose
    # place is no seat of the bundle, and who has kept a place of an annulled result.
    runs = await public_runs(session, actor.bureau, round_id)
    drawn = [o for o in offers if o.seat not in BESIDE_THE_RESULT and o.run in runs]
    left = {o.application for o in drawn if o.status in GAVE_UP and o.settled_in == row.pass_number}
    admitted = await queries.admitted_in_pass(session, actor.bureau, round_id, row.pass_number, runs)
    deferred = await applications.deferred_in_round(session, actor.bureau, round_id)
    # Whoever was refused in error, or put off before the freeze, has never been in the market.
    left |= (admitted | deferred) & await rounds.applications_of_pass(session, row)
    final = {o.application: o.programme for o in drawn if o.status in FOR_GOOD}
    return await freeze.later_pass(session, actor, round_id, left, final)


async def seats(session: AsyncSession, bureau: str, round_id: UUID, *statuses: OfferStatus) -> list[Offer]:
    """The offers of a held round that hold a seat, in these statuses if any are named."""
    return await held_offers(
        session, bureau, col(Offer.round) == round_id, col(Offer.status).in_(statuses or HOLDS_A_SEAT)
    )


async def _offers(
    session: AsyncSession, row: RoundRow, listed: ProposedList, places: list[Placed], left: dict[UUID, Offer]
) -> list[dict[str, Any]]:
    bureau = row.bureau
    geography = await schools.geography(session, bureau, row.as_of)
    catchments = await schools.catchment_schools(session, bureau, row.stage, row.as_of)
    feeders = await applications.feeders_of_round(session, bureau, listed.round)
    school_of = {p.id: p.school for p in await schools.programmes_of_round(session, bureau, listed.round)}
    rows = []
    for place in places:
        assert place.programme is not None
        school = school_of[place.programme]
        own = feeders.get(place.application, ())
        band, metres = band_of(place.residence_community, school, catchments, geography, row.distance_limit_m, own)
        rows.append(
            {
                "bureau": bureau,
                "id": uuid7(),
                "guardians": list(place.guardians),
                "schools": [],
                "round": listed.round,
                "application": place.application,
                "child": place.child,
                "run": listed.run,
                "replaces": left[place.application].id if place.application in left else None,
                "programme": place.programme,
                "school": school,
                "rank": place.rank,
                "seat": place.seat,
                "band": band.value,
                "distance_m": metres,
                "status": OfferStatus.PROPOSED.value,
                "lapsed": False,
            }
        )
    return rows
