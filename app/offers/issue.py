"""From a published list to offers and back: issue, finalise, end of answers, annulment, later pass.

Each moves the round (through `rounds`) and its offers in one transaction.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications import queries as applications
from app.clock import uuid7
from app.database import table
from app.journal import service as journal
from app.offers.bands import band_of
from app.offers.lifecycle import HOLDS_A_SEAT, OFFER, OfferEvent, OfferStatus
from app.offers.models import Offer
from app.rounds import freeze, publish
from app.rounds import queries as rounds
from app.rounds.publish import Placed, ProposedList
from app.schools import queries as schools

NO_LONGER_HERE = (OfferStatus.DECLINED, OfferStatus.WITHDRAWN, OfferStatus.ELSEWHERE)


async def issue(session: AsyncSession, actor: Actor, round_id: UUID) -> int:
    """Make the approved list public and an offer for each place in it; answers how many offers are new.

    In a later pass whoever keeps its place keeps its offer; a better place supersedes the one held.
    """
    listed = await publish.propose(session, actor, round_id)
    held = {offer.application: offer for offer in await _held(session, actor.bureau, round_id)}
    placed = [place for place in listed.placements if place.programme is not None]
    changed = [p for p in placed if p.application not in held or held[p.application].programme != p.programme]
    superseded = [held[place.application] for place in changed if place.application in held]
    await move(session, actor, superseded, OfferEvent.SUPERSEDE)
    rows = await _offers(session, actor.bureau, listed, changed)
    if rows:
        await session.execute(insert(table(Offer)), rows)
    await applications.show_to_schools(
        session, actor.bureau, [(row["application"], row["child"], row["school"]) for row in rows]
    )
    await journal.record_all(
        session,
        [
            journal.entry(actor, "offer", "issue", f"offer:{row['id']}", journal.ABSENT, OfferStatus.PROPOSED.value)
            for row in rows
        ],
    )
    return len(rows)


async def _offers(
    session: AsyncSession, bureau: str, listed: ProposedList, placed: list[Placed]
) -> list[dict[str, Any]]:
    row = await rounds.round_by_id(session, bureau, listed.round)
    geography = await schools.geography(session, bureau, row.as_of)
    catchments = await schools.catchment_schools(session, bureau, row.stage, row.as_of)
    school_of = {p.id: p.school for p in await schools.programmes_of_round(session, bureau, listed.round)}
    rows = []
    for place in placed:
        assert place.programme is not None
        school = school_of[place.programme]
        band, metres = band_of(place.residence_community, school, catchments, geography, row.distance_limit_m)
        rows.append(
            {
                "bureau": bureau,
                "id": uuid7(),
                "guardians": list(place.guardians),
                "schools": [school],
                "round": listed.round,
                "application": place.application,
                "child": place.child,
                "run": listed.run,
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


async def finalise(session: AsyncSession, actor: Actor, round_id: UUID) -> int:
    """The list is final: every proposed offer opens for its family's answer."""
    await publish.finalise(session, actor, round_id)
    return await move(
        session, actor, await _held(session, actor.bureau, round_id, OfferStatus.PROPOSED), OfferEvent.OPEN
    )


async def end_answers(session: AsyncSession, actor: Actor, round_id: UUID) -> int:
    """The answer deadline has passed: silence means what the round has published it to mean."""
    row = await publish.end_answers(session, actor, round_id)
    silent = await _held(session, actor.bureau, round_id, OfferStatus.OPEN)
    event = OfferEvent.LAPSE_ACCEPT if row.silence == "accept" else OfferEvent.LAPSE_DECLINE
    return await move(session, actor, silent, event, lapsed=True)


async def annul(session: AsyncSession, actor: Actor, act_id: UUID, digest: str) -> int:
    """Two persons annul what was drawn; offers that were only proposed become void."""
    round_id = await publish.annul(session, actor, act_id, digest)
    proposed = await _held(session, actor.bureau, round_id, OfferStatus.PROPOSED)
    return await move(session, actor, proposed, OfferEvent.VOID)


async def later_pass(session: AsyncSession, actor: Actor, round_id: UUID) -> UUID:
    """Freeze a later pass: who declined is left out, who accepted for good stays, the rest stand as they stood."""
    offers = await _of_round(session, actor.bureau, round_id)
    left = {offer.application for offer in offers if offer.status in NO_LONGER_HERE}
    final = {
        offer.application: offer.programme
        for offer in offers
        if offer.status in HOLDS_A_SEAT and offer.status not in (*NO_LONGER_HERE, OfferStatus.WAITING)
    }
    return await freeze.later_pass(session, actor, round_id, left - set(final), final)


async def move(
    session: AsyncSession, actor: Actor, offers: Iterable[Offer], event: OfferEvent, lapsed: bool = False
) -> int:
    """Move offers that this transaction holds, by list, each with its journal entry; answers how many."""
    moved, entries = [], []
    for offer in offers:
        after = OFFER.next(OfferStatus(offer.status), event)
        moved.append({"of_bureau": actor.bureau, "of_id": offer.id, "now": after.value, "silent": lapsed})
        entries.append(journal.entry(actor, "offer", event.value, f"offer:{offer.id}", offer.status, after.value))
    if moved:
        statement = (
            update(table(Offer))
            .where(col(Offer.bureau) == bindparam("of_bureau"), col(Offer.id) == bindparam("of_id"))
            .values(status=bindparam("now"), lapsed=bindparam("silent"))
        )
        await (await session.connection()).execute(statement, moved)
        await journal.record_all(session, entries)
    return len(moved)


async def _held(session: AsyncSession, bureau: str, round_id: UUID, status: OfferStatus | None = None) -> list[Offer]:
    """The offers that hold a seat (in one status, if named), locked."""
    wanted = HOLDS_A_SEAT if status is None else (status,)
    rows = await session.scalars(
        select(Offer)
        .where(col(Offer.bureau) == bureau, col(Offer.round) == round_id, col(Offer.status).in_(wanted))
        .order_by(col(Offer.id))
        .with_for_update()
    )
    return list(rows)


async def _of_round(session: AsyncSession, bureau: str, round_id: UUID) -> list[Offer]:
    rows = await session.scalars(
        select(Offer)
        .where(col(Offer.bureau) == bureau, col(Offer.round) == round_id)
        .order_by(col(Offer.id))
        .with_for_update()
    )
    return list(rows)
