"""Placing the children who came within the year: everyone who waits, in the published order, as classes have room.

There is no list to object to beforehand: an offer is open at once, explained by the schools that were passed over and
the vacancies that they had, and whoever disagrees objects in its own time from the notice (`rounds.objection_time`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries as applications
from app.applications.assessment import ruleset_of
from app.applications.entry import hold_children
from app.applications.queries import Arrival
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal
from app.offers.leaving import schools_kept
from app.offers.lifecycle import GAVE_UP, HOLDS_A_SEAT
from app.offers.models import Offer, OfferPlacement
from app.offers.notices import tell
from app.offers.placement_order import Asked, Vacancy, assign, order_of
from app.offers.placement_rows import offer_row, placement_row
from app.offers.vacancies import vacancies_of
from app.rounds import queries as rounds
from app.rounds.departures import placed_elsewhere
from app.rounds.lifecycle import RoundStatus
from app.rounds.notice import PLACED_WITHIN_YEAR
from app.rounds.rows import RoundRow
from app.rounds.vocabulary import RoundKind
from app.schools import queries as schools
from app.schools.class_register import hold_grade
from app.schools.queries import Geography
from app.vault import Vault

PLACED_WHILE = (RoundStatus.OPEN, RoundStatus.CLOSED)


@dataclass(frozen=True)
class Placed:
    """`offered`: offers made, by application. `waiting`: applications for which no class has room."""

    offered: dict[UUID, UUID]
    waiting: tuple[UUID, ...]


async def place(session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID) -> Placed:
    """Offer a place to every eligible child of a round within the year that has none, as far as classes have room, and
    tell its family.

    Raises `placement.not_within_year`, `placement.not_open`.
    """
    actor = authorize(actor, "placement.place", Target(actor.bureau))
    row = await rounds.answerable_round(session, actor.bureau, round_id)
    if row.kind is not RoundKind.WITHIN_YEAR:
        raise ServiceError("placement.not_within_year", "round")
    if row.status not in PLACED_WHILE:
        raise ServiceError("placement.not_open", "round")
    arrivals, declined = await _held(session, row)
    placed = await placed_elsewhere(session, row, [one.applicant.child for one in arrivals])
    kept = await schools_kept(session, row.bureau, arrivals)
    waiting = [
        one
        for one in arrivals
        if one.applicant.application in kept or (one.moves_from is None and one.applicant.child not in placed)
    ]
    orders, geography, catchments = await _orders(session, row, waiting, declined, kept)
    found = assign(orders)
    offers, placements, told = [], [], []
    for arrival in waiting:
        application = arrival.applicant.application
        if application in found:
            offer = offer_row(row, arrival, orders[application], found[application], geography, catchments)
            offers.append(offer)
            told.append((PLACED_WITHIN_YEAR, f"offer:{offer['id']}", arrival.applicant))
            placements.append(placement_row(offer, orders[application][: found[application] + 1]))
    if offers:
        await session.execute(insert(table(Offer)), offers)
        await session.execute(insert(table(OfferPlacement)), placements)
        shown = [(offer["application"], offer["child"], offer["school"]) for offer in offers]
        await applications.show_to_schools(session, actor.bureau, shown)
        await tell(session, vault, actor, row, told)
    await journal.record_all(
        session,
        [
            journal.entry(actor, "offer", "place", f"offer:{offer['id']}", journal.ABSENT, offer["status"])
            for offer in offers
        ],
    )
    left = tuple(one.applicant.application for one in waiting if one.applicant.application not in found)
    return Placed({offer["application"]: offer["id"] for offer in offers}, left)


async def _held(session: AsyncSession, row: RoundRow) -> tuple[list[Arrival], dict[UUID, set[str]]]:
    """The children without a place in the round, or with one that they ask to leave, and which places each has given
    up. They, their applications and the classes of their grades are held, in this order by everybody."""
    await hold_children(session, row.bureau, await applications.children_within_year(session, row.bureau, row.id))
    arrivals = await applications.waiting_within_year(session, row.bureau, row.id)
    for grade in sorted({arrival.grade for arrival in arrivals}):
        await hold_grade(session, row.bureau, row.year, grade)
    left = {arrival.moves_from for arrival in arrivals}
    holding, declined = await _offered(session, row.bureau, row.id, left)
    return [arrival for arrival in arrivals if arrival.applicant.application not in holding], declined


async def _offered(
    session: AsyncSession, bureau: str, round_id: UUID, left: set[UUID | None]
) -> tuple[set[UUID], dict[UUID, set[str]]]:
    """Who has a place in the round that it does not ask to leave, and which places each has given up."""
    rows = await session.execute(
        select(col(Offer.id), col(Offer.application), col(Offer.programme), col(Offer.status)).where(
            col(Offer.bureau) == bureau, col(Offer.round) == round_id
        )
    )
    holding, declined = set(), dict[UUID, set[str]]()
    for row in rows:
        if row.status in HOLDS_A_SEAT and row.id not in left:
            holding.add(row.application)
        elif row.status in GAVE_UP:
            declined.setdefault(row.application, set()).add(row.programme)
    return holding, declined


async def _orders(
    session: AsyncSession,
    row: RoundRow,
    waiting: Sequence[Arrival],
    declined: Mapping[UUID, set[str]],
    kept: Mapping[UUID, str],
) -> tuple[dict[UUID, list[Asked]], Geography, dict[str, tuple[str, ...]]]:
    published = await applications.ruleset_in_force(session, row.bureau, row.ruleset)
    order = ruleset_of(published.text).order
    geography = await schools.geography(session, row.bureau, row.as_of)
    catchments = await schools.catchment_schools(session, row.bureau, row.stage, row.as_of)
    free = [
        Vacancy(one.programme, one.school, one.grade, one.vacancies, one.purchased)
        for one in await vacancies_of(session, row.bureau, row.id)
    ]
    orders = {}
    for arrival in waiting:
        applicant = arrival.applicant
        own = {*catchments.get(applicant.residence_community, ()), *applicant.rights}
        given_up = declined.get(applicant.application, set())
        school = kept.get(applicant.application)
        orders[applicant.application] = order_of(arrival, free, geography, own, order, given_up, school)
    return orders, geography, catchments
