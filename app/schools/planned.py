"""Programmes that a round gets from elsewhere: a late one from the round before, one within the year from classes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.clock import uuid7
from app.database import table
from app.journal import service as journal
from app.schools.checks import GRADES
from app.schools.models import Programme, School, SeatSettlement
from app.schools.queries import ProgrammeSeats, stands

LONGEST = 64


@dataclass(frozen=True)
class Left:
    """A programme of a concluded round: `held` of its net seats are children's, however many it has. Net seats below
    none stay so: of a school that holds a child too many, one seat that comes back is none to give."""

    plan: ProgrammeSeats
    held: int

    @property
    def left(self) -> int:
        plan = self.plan
        return max(0, plan.classes * plan.class_size - plan.reduction - plan.settled - self.held)


async def carry(
    session: AsyncSession, actor: Actor, round_id: UUID, from_round: UUID, code: str, left: Sequence[Left]
) -> None:
    """The programmes of the round before, as large as there, with the seats that are no longer to be given settled.

    The caller has authorised the plan of a late round. `code` is the earlier round's.
    """
    programmes, settled = [], []
    for row in left:
        name = carried_as(row.plan.id)
        programmes.append(_programme(actor.bureau, name, round_id, row.plan))
        settled.append(
            {
                "bureau": actor.bureau,
                "id": uuid7(),
                "programme": name,
                "seats": row.plan.settled + row.held,
                "class_reduction": row.plan.reduction,
                "decision": code,
                "held_in": from_round,
            }
        )
    await session.execute(insert(table(Programme)), programmes)
    await session.execute(insert(table(SeatSettlement)), settled)
    await journal.record_all(
        session,
        [
            journal.entry(
                actor, "programme", "carry", f"programme:{made['id']}", f"{row.plan.seats} seats", f"{row.left} seats"
            )
            for made, row in zip(programmes, left, strict=True)
        ],
    )


def carried_as(programme: str) -> str:
    """What a programme is called in the late round that follows its own."""
    return identifier(f"late-{programme}")


async def settled_when_carried(session: AsyncSession, bureau: str, round_id: UUID) -> dict[str, int]:
    """Programme of a late round → how many of its seats were taken when it was planned."""
    rows = await session.execute(
        select(col(SeatSettlement.programme), col(SeatSettlement.seats))
        .join(Programme, (col(Programme.bureau) == bureau) & (col(Programme.id) == col(SeatSettlement.programme)))
        .where(
            col(SeatSettlement.bureau) == bureau,
            col(SeatSettlement.held_in).is_not(None),
            col(Programme.round) == round_id,
        )
    )
    return {row.programme: row.seats for row in rows}


async def open_grades(session: AsyncSession, actor: Actor, round_id: UUID, stage: str, year: int, on: date) -> int:
    """A programme of no seats of its own for every grade of the stage at every school that has it; answers how many.

    Within the year a vacancy is what classes have (`class_register`), so that a class reported later counts at once.
    """
    schools = await session.scalars(
        select(School)
        .where(col(School.bureau) == actor.bureau, col(School.stages).contains([stage]), stands(School, on))
        .order_by(col(School.id))
    )
    least, most = GRADES[stage]
    rows = [
        _programme(
            actor.bureau,
            identifier(f"wy{year}-{stage}-g{grade}-{school.id}"),
            round_id,
            ProgrammeSeats("", school.id, grade, 0, 1, 0, 0, 0, school.fictitious),
        )
        for school in schools
        for grade in range(least, most + 1)
    ]
    if rows:
        await session.execute(insert(table(Programme)), rows)
    await journal.record(session, actor, "programme", "open_grades", f"round:{round_id}", after=f"{len(rows)}")
    return len(rows)


def identifier(name: str) -> str:
    """The name, or where it is too long for an identifier its beginning and a digest of the whole."""
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _programme(bureau: str, name: str, round_id: UUID, plan: ProgrammeSeats) -> dict[str, object]:
    return {
        "bureau": bureau,
        "id": name,
        "round": round_id,
        "school": plan.school,
        "grade": plan.grade,
        "classes": plan.classes,
        "class_size": plan.class_size,
        "fictitious": plan.fictitious,
        "age_class": plan.age_class,
        "open_to": plan.open_to,
        "payer": plan.payer,
        "fee_fen": plan.fee_fen,
    }
