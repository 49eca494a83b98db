"""By two persons bundle, draw and result become void; what was public stays readable, marked so."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import two_person
from app.accounts.access import Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.rounds.approval import AUDIENCE
from app.rounds.deadlines import stated
from app.rounds.lifecycle import RoundEvent, RoundStatus, Simple
from app.rounds.models import AdmissionRound
from app.rounds.moves import held_round, move_bundle, move_round, move_run, require, standing_bundle, standing_run
from app.rounds.rows import about, round_of

ANNUL = "annul_result"


async def propose_annulment(session: AsyncSession, actor: Actor, round_id: UUID, reason: str) -> TwoPersonAct:
    """Propose that bundle, draw and result be void (see lifecycle.VOIDS). Raises `round.reason_missing`."""
    actor = authorize(actor, "round.propose_annulment", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, _annulling(row))
    payload = await _annulment(session, row, stated(reason))
    return await two_person.propose(session, actor, ANNUL, about(row.id), payload, AUDIENCE)


async def annul(session: AsyncSession, actor: Actor, act_id: UUID, digest: str) -> UUID:
    """The second person annuls; answers the round. What was public stays readable, marked as void.

    A first pass, until a later one has begun, falls back to the ranking: a new freeze names a new future draw. Of a
    later pass that is not yet final only itself is void, and the pass before it stands.
    """
    actor = authorize(actor, "round.annul", Target(actor.bureau))
    act = await two_person.find(session, actor.bureau, act_id, ANNUL)
    row = await held_round(session, actor.bureau, round_of(act.object))
    event = _annulling(row)
    require(actor, row, event)
    payload = await _annulment(session, row, act.payload["reason"])
    await two_person.approve(session, actor, act_id, ANNUL, digest, payload)
    bundle = await standing_bundle(session, row)
    run = await standing_run(session, bundle)
    if run is not None:
        await move_run(session, actor, run, Simple.VOID)
    bundle.void_reason = act.payload["reason"]
    await move_bundle(session, actor, bundle, Simple.VOID)
    if event is RoundEvent.ANNUL:
        # The points list has stood its time; whoever changes it takes it back and publishes it anew.
        row.draw_name = row.draw_at = row.draw_value = row.root = row.objections_until = row.answers_until = None
    else:
        row.pass_number -= 1
        row.root = (await standing_bundle(session, row)).root
    await move_round(session, actor, row, event)
    return row.id


def _annulling(row: AdmissionRound) -> RoundEvent:
    return RoundEvent.ANNUL if row.pass_number == 1 else RoundEvent.ANNUL_PASS


async def _annulment(session: AsyncSession, row: AdmissionRound, reason: str) -> dict[str, Any]:
    bundle = await standing_bundle(session, row)
    run = await standing_run(session, bundle)
    return {
        "status": RoundStatus(row.status).value,
        "bundle": str(bundle.id),
        "root": bundle.root,
        "run": str(run.id) if run else None,
        "reason": reason,
    }
