"""Planning a round's programmes, and settling seats by decision before the freeze."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.errors import ServiceError
from app.journal import service as journal
from app.schools import checks, plausibility, register
from app.schools.findings import Finding, Refused
from app.schools.layouts import LAYOUTS, Kind
from app.schools.models import Programme, SeatSettlement
from app.schools.rows import Row, Values
from app.schools.vocabulary import OpenTo, Payer

BEFORE_THE_FREEZE = ("planned", "published", "open", "closed", "ranked")
REFERENCE = re.compile(r"(?=.*[0-9])[^\W_](?:[\w〔〕\[\]()（）./:-]| (?! )){0,63}")
IDENTITY_NUMBER = re.compile(r"[0-9]{15}")


@dataclass(frozen=True)
class ProgrammePlan:
    """School × entry grade (in kindergartens × class of age) × round, how many classes of which size, who may list it
    and who pays."""

    id: str
    round: UUID
    school: str
    grade: int
    classes: int
    class_size: int
    age_class: str = ""
    open_to: str = OpenTo.ANYONE.value
    payer: str = Payer.FAMILY.value
    fee_fen: int = 0


async def plan_programme(session: AsyncSession, actor: Actor, plan: ProgrammePlan) -> list[Finding]:
    """Make the programme or change its classes and class size; answers flags to weigh. What is planned for a
    demonstration round is marked fictitious.

    Raises `schools.round_not_planned` once the round is published, `schools.plan_refused` for what does not fit.
    """
    actor = authorize(actor, "programme.plan", Target(actor.bureau))
    await register.hold(session, actor.bureau)
    held = await register.hold_planned_round(session, actor.bureau, plan.round)
    stand = await register.standing(session, actor.bureau, LAYOUTS[Kind.PROGRAMMES])
    row = _row(plan, held)
    for fault in checks.check(
        Kind.PROGRAMMES, actor.bureau, [row], stand, await register.places(session, actor.bureau), held
    ):
        raise fault.as_error("schools.plan_refused")
    programme = await session.get(Programme, (actor.bureau, plan.id), with_for_update=True)
    before = journal.ABSENT if programme is None else _said(programme)
    if programme is None:
        session.add(Programme(bureau=actor.bureau, **row.whole))
    else:
        programme.classes, programme.class_size = plan.classes, plan.class_size
        programme.open_to, programme.payer, programme.fee_fen = plan.open_to, plan.payer, plan.fee_fen
    await session.flush()
    after = _said(plan)
    await journal.record(session, actor, "programme", "plan", f"programme:{plan.id}", before, after)
    return list(plausibility.seats(None, row.whole, stand, held))


async def settle_seats(
    session: AsyncSession, actor: Actor, programme: str, seats: int, class_reduction: int, decision: str
) -> SeatSettlement:
    """Let a decision take seats and make its class smaller. The same decision said again replaces its numbers.

    Raises `schools.round_frozen` once the round is frozen, `schools.decision_unnamed`, `schools.settlement_too_large`,
    `schools.settlement_fixed` for what the round before holds.
    """
    actor = authorize(actor, "seat.settle", Target(actor.bureau))
    decision = decision.strip()
    if not REFERENCE.fullmatch(decision) or IDENTITY_NUMBER.search(decision):
        raise ServiceError("schools.decision_unnamed", "decision")
    known = await session.get(Programme, (actor.bureau, programme))
    if known is None:
        raise ServiceError("access.not_found", "programme")
    held = await register.hold_round(session, actor.bureau, known.round)
    if held.status not in BEFORE_THE_FREEZE:
        raise ServiceError("schools.round_frozen", "round", status=held.status)
    await session.refresh(known, with_for_update=True)
    gross = known.classes * known.class_size
    if seats < 0 or class_reduction < 0 or seats + class_reduction > gross:
        raise ServiceError("schools.settlement_too_large", "seats", gross=gross)
    settlement = await _settlement(session, actor.bureau, programme, decision)
    if settlement is not None and settlement.held_in is not None:
        raise ServiceError("schools.settlement_fixed", "decision")
    before = journal.ABSENT if settlement is None else _taken(settlement)
    if settlement is None:
        settlement = SeatSettlement(
            bureau=actor.bureau, programme=programme, seats=seats, class_reduction=class_reduction, decision=decision
        )
        session.add(settlement)
    else:
        settlement.seats, settlement.class_reduction = seats, class_reduction
    await session.flush()
    await journal.record(session, actor, "seat", "settle", f"settlement:{settlement.id}", before, _taken(settlement))
    return settlement


async def _settlement(session: AsyncSession, bureau: str, programme: str, decision: str) -> SeatSettlement | None:
    return await session.scalar(
        select(SeatSettlement)
        .where(
            col(SeatSettlement.bureau) == bureau,
            col(SeatSettlement.programme) == programme,
            col(SeatSettlement.decision) == decision,
        )
        .with_for_update()
    )


def _row(plan: ProgrammePlan, held: register.HeldRound) -> Row:
    """The plan as an import's row; its cells are read as a file's are."""
    values: Values = {"round": held.id, "fictitious": held.demonstration}
    for column in LAYOUTS[Kind.PROGRAMMES].columns:
        if column.field not in values:
            told = str(getattr(plan, column.field))
            try:
                values[column.field] = column.reading(told) if told or column.required else column.default
            except Refused as refused:
                fault = refused.finding
                raise Finding(fault.reason, None, column.name, fault.details).as_error("schools.plan_refused") from None
    return Row(0, (plan.id,), values, values)


def _said(plan: Programme | ProgrammePlan) -> str:
    """Classes and size, and what else is said beside the usual."""
    size = f"{plan.classes}x{plan.class_size}"
    terms = (plan.open_to, plan.payer, plan.fee_fen)
    return size if terms == ("anyone", "family", 0) else f"{size} {plan.open_to} {plan.payer} {plan.fee_fen}"


def _taken(settlement: SeatSettlement) -> str:
    return f"seats:{settlement.seats} class_reduction:{settlement.class_reduction}"
