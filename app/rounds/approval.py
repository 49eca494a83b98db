"""The second person's approval of a result: the verifier runs again, on the very bytes that are stored."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import two_person
from app.accounts.access import ALLOCATION, APPROVAL, Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.allocation.manifest import MANIFEST
from app.allocation.result import RESULT
from app.allocation.text import sha256
from app.errors import ServiceError
from app.rounds import store
from app.rounds.lifecycle import RoundEvent, RunStatus
from app.rounds.models import AdmissionRound, AllocationRun, Bundle
from app.rounds.moves import held_round, move_round, require, standing_bundle, standing_run
from app.rounds.patience import meanwhile
from app.rounds.rows import RoundRow, about, round_of, row_of
from app.rounds.run import pass_before
from app.rounds.verification import verified

APPROVE = "approve_result"
AUDIENCE = (ALLOCATION, APPROVAL)


async def propose_approval(session: AsyncSession, actor: Actor, round_id: UUID) -> TwoPersonAct:
    """Propose the verified result; the act's payload names it by its digest. Raises `round.not_verified`."""
    actor = authorize(actor, "round.propose_approval", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.APPROVE)
    bundle, run = await verified_run(session, row)
    payload = await _payload(session, row, bundle, run)
    return await two_person.propose(session, actor, APPROVE, about(row.id), payload, AUDIENCE)


async def approve(session: AsyncSession, actor: Actor, act_id: UUID, digest: str) -> RoundRow:
    """The second person approves exactly the result shown.

    Raises `act.*`, `round.no_run`, `round.bundle_altered`, `round.not_verified`.
    """
    actor = authorize(actor, "round.approve", Target(actor.bureau))
    act = await two_person.find(session, actor.bureau, act_id, APPROVE)
    row = await held_round(session, actor.bureau, round_of(act.object))
    require(actor, row, RoundEvent.APPROVE)
    bundle, run = await verified_run(session, row)
    payload = await _payload(session, row, bundle, run)
    await two_person.approve(session, actor, act_id, APPROVE, digest, payload)
    run.approval_act = act.id
    await move_round(session, actor, row, RoundEvent.APPROVE)
    return row_of(row)


async def verified_run(session: AsyncSession, row: AdmissionRound) -> tuple[Bundle, AllocationRun]:
    """The bundle and its run that the worker found valid; raises `round.no_run`."""
    bundle = await standing_bundle(session, row)
    run = await standing_run(session, bundle)
    if run is None or run.status != RunStatus.VERIFIED:
        raise ServiceError("round.no_run", "run")
    return bundle, run


async def _payload(session: AsyncSession, row: AdmissionRound, bundle: Bundle, run: AllocationRun) -> dict[str, Any]:
    """What both persons name, reckoned from the stored bytes.

    Raises `round.bundle_altered` unless they are those of the public root, `round.not_verified` unless they verify.
    """
    problem = await store.files_of_bundle(session, row.bureau, bundle.id)
    result = await store.files_of_run(session, row.bureau, run.id)
    parent = await pass_before(session, bundle)
    store.parsed(problem, row.root or "")
    if not (await meanwhile(session, verified, problem, result, parent)).accepted:
        raise ServiceError("round.not_verified", "run")
    return {
        "run": str(run.id),
        "number": run.number,
        "pass": bundle.pass_number,
        "root": row.root,
        "manifest": sha256(problem[MANIFEST]),
        "digest": sha256(result["placements.csv"]),
        "result": sha256(result[RESULT]),
    }
