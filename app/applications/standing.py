"""An application's row and its wishes, as they stand and as a form writes them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.children import KnownChild
from app.applications.form import Form
from app.applications.lifecycle import ApplicationStatus, Outcome
from app.applications.models import Application, Preference
from app.applications.origin import PORTAL, Handed
from app.applications.queries import HeldRound
from app.clock import uuid7
from app.database import table
from app.inserts import Part
from app.vault import Place, seal


@dataclass(frozen=True)
class Standing:
    """An application before it is written: where it stands, and under which id and version it will."""

    id: UUID
    status: ApplicationStatus
    outcome: Outcome
    version: int
    is_new: bool
    place_by: datetime | None = None
    moves_from: UUID | None = None
    submitted_at: datetime | None = None


async def standing_of(session: AsyncSession, bureau: str, round_id: UUID, child: KnownChild) -> Standing:
    """The child's application in the round, held FOR UPDATE, or the one that is about to be made.

    `version` is that which the next writing gets.
    """
    fresh = Standing(uuid7(), ApplicationStatus.DRAFT, Outcome.PENDING, 1, True)
    if child.is_new:
        return fresh
    row = (
        await session.execute(
            select(
                col(Application.id),
                col(Application.status),
                col(Application.outcome),
                col(Application.version),
                col(Application.place_by),
                col(Application.moves_from),
                col(Application.submitted_at),
            )
            .where(
                col(Application.bureau) == bureau,
                col(Application.round) == round_id,
                col(Application.child) == child.id,
            )
            .with_for_update()
        )
    ).one_or_none()
    if row is None:
        return fresh
    status, outcome = ApplicationStatus(row.status), Outcome(row.outcome)
    return Standing(row.id, status, outcome, row.version + 1, False, *row[4:])


async def write(
    session: AsyncSession,
    actor: Actor,
    held: HeldRound,
    form: Form,
    child: KnownChild,
    standing: Standing,
    status: ApplicationStatus,
    outcome: Outcome,
    handed: Handed = PORTAL,
) -> list[Part]:
    """Keep the form as it is now, with its wishes; answers what is to be inserted."""
    values = {
        "status": status.value,
        "outcome": outcome.value,
        "version": standing.version,
        "migrant": form.declared.registration.place not in (None, "county"),
        "residence_community": form.residence_community,
        "registration_community": form.registration_community,
        "sibling_school": form.sibling_school,
        "sealed": seal(child.key, form.to_json(), Place("application", "sealed", standing.id)),
        "form_digest": form.digest,
        "submitted_at": held.now if status is ApplicationStatus.SUBMITTED else None,
        "grade": form.grade,
        "place_by": standing.place_by,
        "moves_from": standing.moves_from,
        "origin": handed.origin.value,
        "origin_number": handed.number,
    }
    if standing.is_new:
        fixed = {
            "bureau": actor.bureau,
            "id": standing.id,
            "round": held.id,
            "child": child.id,
            "guardians": list(child.guardians),
            "schools": [],
        }
        return [(Application, [{**fixed, **values}]), _wishes(actor.bureau, child, standing, form.preferences)]
    of_this = col(Application.bureau) == actor.bureau, col(Application.id) == standing.id
    await session.execute(update(table(Application)).where(*of_this).values(**values))
    former = col(Preference.bureau) == actor.bureau, col(Preference.application) == standing.id
    await session.execute(delete(table(Preference)).where(*former))
    return [_wishes(actor.bureau, child, standing, form.preferences)]


def _wishes(bureau: str, child: KnownChild, standing: Standing, programmes: list[str]) -> Part:
    fixed = {"bureau": bureau, "application": standing.id, "guardians": list(child.guardians)}
    return Preference, [{**fixed, "rank": rank, "programme": name} for rank, name in enumerate(programmes, start=1)]
