"""Children without a place, by the day on which they are to have one: nobody ends as neither.

Within the year that day is the case's own bound. A round that is drawn is itself the case until its list is public;
from then on whoever has no place in the entry is to have one when school begins, in a later pass, by redress, in a late
round or within the year, whatever becomes of the round. A family that declined in words said where its child will
study; one that was silent, or whose place the bureau took back, did not, nor one that was drawn anew since. A leaver of
primary school of whom no application has come is a case from the end of the window, named by its reference in the
register; so is a child invited to enter grade 1 who has not answered and of whom nobody knows why.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import leaver_follow
from app.applications import queries as applications
from app.applications.lifecycle import Outcome
from app.applications.queries import Open
from app.database import database_now
from app.invitations import standing as invitations
from app.offers.lifecycle import HOLDS_A_SEAT, OfferStatus
from app.offers.models import Offer, OverdueAlarm
from app.offers.vacancies import vacancies_of
from app.rounds import queries as rounds
from app.rounds.fallback import COMPULSORY
from app.rounds.lifecycle import RoundStatus
from app.rounds.notice import public_runs, result_frozen_at
from app.rounds.rows import RoundRow
from app.rounds.vocabulary import RoundKind
from app.rounds.watching import begins
from app.schools.vocabulary import Stage

ENTRY_GRADES: dict[str, int] = {Stage.PRIMARY: 1, Stage.JUNIOR: 7}
LISTED = (RoundStatus.PROPOSED, RoundStatus.FINAL, RoundStatus.ANSWERED, RoundStatus.CONCLUDED)


class WaitsFor(StrEnum):
    """Whose turn it is. The bound runs whoever it is: the list says it instead of stopping the clock. `draw`: within
    the year, a round that is not concluded has the places of this grade to give first.
    `application`: the family's of a leaver, or of a child invited."""

    PAPERS = "papers"
    DECISION = "decision"
    PLACE = "place"
    DRAW = "draw"
    APPLICATION = "application"


WAITS = {
    Outcome.PENDING: WaitsFor.DECISION,
    Outcome.UNDETERMINED: WaitsFor.PAPERS,
    Outcome.REFUSAL_PROPOSED: WaitsFor.DECISION,
    Outcome.ELIGIBLE: WaitsFor.PLACE,
}


@dataclass(frozen=True)
class OpenCase:
    """A child without a place: which grade it is to enter, by when it is to have one, and whether that has passed. It
    has an application from a place of residence, or is a `leaver` of the register, or has an `invitation`.

    `days_over`: whole days since then. `has_place`: it is a pupil elsewhere in the county, and moves. `alarmed_at`:
    when the day was seen to have passed (`alarm`).
    """

    application: UUID | None
    grade: int
    residence_community: str | None
    place_by: datetime
    overdue: bool
    waits_for: WaitsFor
    days_over: int
    has_place: bool = False
    alarmed_at: datetime | None = None
    leaver: UUID | None = None
    invitation: UUID | None = None


async def open_cases(session: AsyncSession, actor: Actor, round_id: UUID, days: int) -> list[OpenCase]:
    """The open cases of a round whose day has passed or comes within `days` days, the first first.

    None of a private round, nor of a stage that is not compulsory: nobody is owed a place there, unless a round within
    the year has said so. Raises `access.not_found`.
    """
    authorize(actor, "placement.follow", Target(actor.bureau))
    row = await rounds.round_by_id(session, actor.bureau, round_id)
    now = await database_now(session)
    until = now + timedelta(days)
    cases = [*await cases_until(session, row, now, until), *await _unapplied(session, row, now, until)]
    raised = await alarms_of(session, row)
    if row.kind is RoundKind.WITHIN_YEAR:
        kept = {one.grade for one in await vacancies_of(session, row.bureau, row.id) if one.kept_for_draw}
        cases = [_drawn_first(one, kept) for one in cases]
    return [
        replace(one, alarmed_at=raised.get((one.application, one.place_by))) if one.application else one
        for one in cases
    ]


async def cases_until(session: AsyncSession, row: RoundRow, now: datetime, until: datetime) -> list[OpenCase]:
    """The open cases whose day has come by `until`, the first first; reads nothing that is sealed."""
    if row.kind is RoundKind.WITHIN_YEAR:
        return await _within_year(session, row, now, until)
    owed = row.stage in COMPULSORY and row.kind is not RoundKind.PRIVATE and row.status in LISTED
    due = begins(row.year)
    return await _after_a_list(session, row, due, now) if owed and due <= until else []


async def alarms_of(session: AsyncSession, row: RoundRow) -> dict[tuple[UUID, datetime], datetime]:
    """(application, day) → when an alarm was raised, of a round."""
    found = await session.execute(
        select(col(OverdueAlarm.application), col(OverdueAlarm.place_by), col(OverdueAlarm.raised_at)).where(
            col(OverdueAlarm.bureau) == row.bureau, col(OverdueAlarm.round) == row.id
        )
    )
    return {(one.application, one.place_by): one.raised_at for one in found}


async def _unapplied(session: AsyncSession, row: RoundRow, now: datetime, until: datetime) -> list[OpenCase]:
    """Leavers and children invited who are missing from every round of the entry, once the main one's window is
    over."""
    due = begins(row.year)
    if row.stage not in ENTRY_GRADES or row.kind is not RoundKind.MAIN or now < row.closes_at or until < due:
        return []
    case = OpenCase(
        application=None,
        grade=ENTRY_GRADES[row.stage],
        residence_community=None,
        place_by=due,
        overdue=due <= now,
        waits_for=WaitsFor.APPLICATION,
        days_over=max(0, (now - due).days),
    )
    if row.stage == Stage.PRIMARY:
        invited = await invitations.standings(session, row.bureau, row.year)
        return [
            replace(case, invitation=one.invitation, residence_community=one.community) for one in invited if one.open
        ]
    standings = await leaver_follow.standings(session, row.bureau, row.year)
    return [replace(case, leaver=one.leaver) for one in standings if one.missing]


async def _within_year(session: AsyncSession, row: RoundRow, now: datetime, until: datetime) -> list[OpenCase]:
    held = await session.execute(
        select(col(Offer.application), col(Offer.id)).where(
            col(Offer.bureau) == row.bureau, col(Offer.round) == row.id, col(Offer.status).in_(HOLDS_A_SEAT)
        )
    )
    places = {(one.application, one.id) for one in held}
    rows = await applications.bounded_after(session, row.bureau, row.id, until)
    left = {(one.id, one.moves_from) for one in rows}
    placed = {application for application, _ in places - left}
    return [
        _case(one, one.grade or 0, one.place_by, now)
        for one in rows
        if one.place_by is not None and one.id not in placed
    ]


async def _after_a_list(session: AsyncSession, row: RoundRow, due: datetime, now: datetime) -> list[OpenCase]:
    waiting = await applications.waiting_in_round(session, row.bureau, row.id)
    columns = ("child", "round", "run", "status", "lapsed", "answered_at")
    offers = await session.execute(
        select(*(col(getattr(Offer, name)) for name in columns)).where(
            col(Offer.bureau) == row.bureau, col(Offer.stage) == row.stage, col(Offer.year) == row.year
        )
    )
    public = await public_runs(session, row.bureau, row.id)
    frozen_at = await result_frozen_at(session, row.bureau, row.id)
    settled = set()
    for offer in offers:
        said_where = offer.round == row.id and offer.status == OfferStatus.DECLINED and not offer.lapsed
        if said_where and offer.run not in public and frozen_at is not None and offer.answered_at < frozen_at:
            said_where = False  # it was said of a result annulled since, and the child drawn anew (ADR 0015)
        if offer.status in HOLDS_A_SEAT or said_where:
            settled.add(offer.child)
    return [_case(one, ENTRY_GRADES[row.stage], due, now) for one in waiting if one.child not in settled]


def _case(one: Open, grade: int, place_by: datetime, now: datetime) -> OpenCase:
    return OpenCase(
        application=one.id,
        grade=grade,
        residence_community=one.residence_community,
        place_by=place_by,
        overdue=place_by <= now,
        waits_for=WAITS[Outcome(one.outcome)],
        days_over=max(0, (now - place_by).days),
        has_place=one.moves_from is not None,
    )


def _drawn_first(case: OpenCase, kept: Collection[int]) -> OpenCase:
    """`kept`: grades whose places a draw gives first."""
    waits = case.waits_for is WaitsFor.PLACE and case.grade in kept
    return replace(case, waits_for=WaitsFor.DRAW) if waits else case
