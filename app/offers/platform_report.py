"""What goes out to the provincial platform, by its number: received, missing, decided, offered; each once public."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications.platform_status import standings_of_platform
from app.applications.queries import refuse_unknown_round
from app.offers.lifecycle import OfferStatus
from app.offers.models import Offer

# Of these the family has another offer or none; offers are made in the step that publishes them (ADR 0008).
GONE = (OfferStatus.VOID, OfferStatus.SUPERSEDED, OfferStatus.WITHDRAWN)


class PlatformOffer(BaseModel):
    """A place of the published list."""

    programme: str
    school: str
    status: OfferStatus


class PlatformLine(BaseModel):
    """Where the form of a number stands; it names nobody. `newest`: the family has not handed in another one since."""

    number: str
    received_at: datetime
    state: str
    missing: list[str]
    outcome: str | None
    newest: bool
    offer: PlatformOffer | None


class PlatformReport(BaseModel):
    """The first that came first; `next` is the `after` of the next page."""

    lines: list[PlatformLine]
    next: UUID | None


async def report(session: AsyncSession, actor: Actor, round_id: UUID, after: UUID | None, limit: int) -> PlatformReport:
    """A page of the round's numbers; raises `access.*`."""
    actor = authorize(actor, "platform.read", Target(actor.bureau))
    await refuse_unknown_round(session, actor.bureau, round_id)
    rows = await standings_of_platform(session, actor.bureau, round_id, after, limit)
    applications = [row.application for row in rows if row.application is not None]
    offers = await _offers(session, actor.bureau, applications)
    lines = []
    for row in rows:
        offer = None if row.application is None else offers.get(row.application)
        plain = {**asdict(row), "missing": list(row.missing), "offer": offer}
        lines.append(PlatformLine.model_validate(plain, from_attributes=True))
    return PlatformReport(lines=lines, next=rows[-1].item if len(rows) == limit else None)


async def _offers(session: AsyncSession, bureau: str, applications: list[UUID]) -> dict[UUID, PlatformOffer]:
    """Application → its offer that counts, the newest."""
    rows = await session.execute(
        select(col(Offer.application), col(Offer.programme), col(Offer.school), col(Offer.status))
        .where(col(Offer.bureau) == bureau, col(Offer.application).in_(applications), col(Offer.status).not_in(GONE))
        .order_by(col(Offer.id))
    )
    return {row.application: PlatformOffer.model_validate(row, from_attributes=True) for row in rows}
