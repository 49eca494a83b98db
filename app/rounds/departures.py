"""Children who have left a round because they hold a place in another round of the same entry (one stage, one year)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from sqlalchemy import Uuid, any_, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries as applications
from app.applications.entry import Seat, hold_children, seats_in_entry, seats_taken
from app.clock import uuid7
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal
from app.rounds.lifecycle import BundleStatus
from app.rounds.models import AdmissionRound, Bundle, DepartedPseudonym, Departure
from app.rounds.queries import round_by_id
from app.rounds.rows import RoundRow
from app.rounds.snapshot import Problem

Round = AdmissionRound | RoundRow
OF_BUNDLE = (col(Bundle.bureau) == col(Departure.bureau)) & (col(Bundle.id) == col(Departure.bundle))


@dataclass(frozen=True)
class PublicDeparture:
    """A child is not in bundle `bundle` of its round, or gets no place from it, because it holds one in another round;
    its pseudonym begins with the name that the points list shows."""

    bundle: int
    pass_number: int
    status: str
    pseudonym: str


class Person(Protocol):
    """A child of a round, as problem, bundle and list know it."""

    @property
    def application(self) -> UUID: ...
    @property
    def child(self) -> UUID: ...
    @property
    def guardians(self) -> tuple[UUID, ...]: ...


async def answered_elsewhere(session: AsyncSession, row: Round, children: Sequence[UUID]) -> dict[UUID, UUID]:
    """Child → the offer by which it holds a place in another round of the entry.

    Raises `round.answers_elsewhere` while such a place can still be lost there: whoever left this round for it would
    then have none. The children are held: an annulment there waits, and knows who has left here.
    """
    others = await _elsewhere(session, row, children)
    if others:
        await hold_children(session, row.bureau, [seat.child for seat in others])
        others = await _elsewhere(session, row, children)
    waiting = sum(not seat.answered for seat in others)
    if waiting:
        raise ServiceError("round.answers_elsewhere", "round", count=waiting)
    return {seat.child: seat.offer for seat in others}


async def placed_elsewhere(session: AsyncSession, row: Round, children: Sequence[UUID]) -> dict[UUID, UUID]:
    """As `answered_elsewhere`, whatever may become of the place."""
    return {seat.child: seat.offer for seat in await _elsewhere(session, row, children)}


async def _elsewhere(session: AsyncSession, row: Round, children: Sequence[UUID]) -> list[Seat]:
    seats = await seats_in_entry(session, row.bureau, row.stage, row.year, children)
    return [seat for seat in seats if seat.round != row.id]


async def left_for(session: AsyncSession, bureau: str, offers: Sequence[UUID]) -> frozenset[UUID]:
    """Those of these offers for which their children have left another round, whose bundle stands."""
    rows = await session.scalars(
        select(col(Departure.offer))
        .join(Bundle, OF_BUNDLE)
        .where(
            col(Departure.bureau) == bureau,
            col(Departure.offer) == any_(literal(list(offers), ARRAY(Uuid))),
            col(Bundle.status) != BundleStatus.VOID,
        )
    )
    return frozenset(rows)


async def left_for_by(session: AsyncSession, row: Round, application: UUID) -> UUID | None:
    """The offer in another round for which an application's child has last left this one, by a bundle that stands."""
    found: UUID | None = await session.scalar(
        select(col(Departure.offer))
        .join(Bundle, OF_BUNDLE)
        .where(
            col(Departure.bureau) == row.bureau,
            col(Departure.round) == row.id,
            col(Departure.application) == application,
            col(Bundle.status) != BundleStatus.VOID,
        )
        .order_by(col(Departure.id).desc())
        .limit(1)
    )
    return found


async def without_holders(
    session: AsyncSession, row: AdmissionRound, problem: Problem, elsewhere: Mapping[UUID, UUID]
) -> Problem:
    """The problem of those who hold no place: neither one of another round (`elsewhere`, by child) nor one of this
    round's that has outlived its annulled result, whose seats are taken off the programmes."""
    children = [child.child for child in problem.applicants]
    seats = await seats_in_entry(session, row.bureau, row.stage, row.year, children)
    holders = {seat.child for seat in seats if seat.round == row.id} | elsewhere.keys()
    taken = await seats_taken(session, row.bureau, row.id)
    return replace(
        problem,
        applicants=[child for child in problem.applicants if child.child not in holders],
        programmes=[replace(plan, seats=max(0, plan.seats - taken.get(plan.id, 0))) for plan in problem.programmes],
    )


async def record(
    session: AsyncSession,
    actor: Actor,
    row: Round,
    bundle: UUID,
    people: Iterable[Person],
    places: Mapping[UUID, UUID],
    names: Mapping[UUID, str],
    published: bool = False,
) -> None:
    """Keep who of these has left the bundle for one of `places` (child → offer), each with its journal entry, and under
    its name (application → pseudonym) for the public, at once or with the bundle."""
    gone = [person for person in people if person.child in places]
    if not gone:
        return
    fixed = {"bureau": row.bureau, "round": row.id, "bundle": bundle, "pass_number": row.pass_number}
    rows = [
        {
            **fixed,
            "id": uuid7(),
            "guardians": list(person.guardians),
            "schools": [],
            "application": person.application,
            "offer": places[person.child],
        }
        for person in gone
    ]
    await session.execute(insert(table(Departure)), rows)
    shown = [
        {"bureau": row.bureau, "bundle": bundle, "pseudonym": names[person.application], "published": published}
        for person in gone
    ]
    await session.execute(insert(table(DepartedPseudonym)), shown)
    await journal.record_all(
        session,
        [
            journal.entry(
                actor,
                "application",
                "leave_round",
                f"application:{person.application}",
                f"round:{row.id}",
                f"offer:{places[person.child]}",
            )
            for person in gone
        ],
    )


async def departures_after(
    session: AsyncSession, actor: Actor, round_id: UUID, after: UUID | None, limit: int
) -> list[Departure]:
    """A page of who has left a round, oldest first, for its officers; a child stands once for each bundle."""
    authorize(actor, "departure.list", Target(actor.bureau))
    await round_by_id(session, actor.bureau, round_id)
    query = select(Departure).where(col(Departure.bureau) == actor.bureau, col(Departure.round) == round_id)
    if after is not None:
        query = query.where(col(Departure.id) > after)
    return list(await session.scalars(query.order_by(col(Departure.id)).limit(limit)))


async def public_departures(session: AsyncSession, bureau: str, round_id: UUID) -> list[PublicDeparture]:
    """Who has left the published bundles of a round, as far as the transaction may see it; by bundle and pseudonym."""
    rows = await session.execute(
        select(col(Bundle.number), col(Bundle.pass_number), col(Bundle.status), col(DepartedPseudonym.pseudonym))
        .join(
            DepartedPseudonym,
            (col(DepartedPseudonym.bureau) == col(Bundle.bureau)) & (col(DepartedPseudonym.bundle) == col(Bundle.id)),
        )
        .where(col(Bundle.bureau) == bureau, col(Bundle.round) == round_id)
        .order_by(col(Bundle.number), col(DepartedPseudonym.pseudonym))
    )
    return [PublicDeparture(row.number, row.pass_number, row.status, row.pseudonym) for row in rows]


async def own_departures(session: AsyncSession, actor: Actor) -> list[Departure]:
    """The rounds that a guardian's own children have left, newest first."""
    own = [row.id for row in await applications.applications_of_guardian(session, actor.bureau, actor.person)]
    rows = await session.scalars(
        select(Departure)
        .where(col(Departure.bureau) == actor.bureau, col(Departure.application).in_(own))
        .order_by(col(Departure.id).desc())
    )
    return list(rows)
