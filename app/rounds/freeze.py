"""Freezing a round into a bundle before its public draw, and taking that back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.database import database_now
from app.errors import ServiceError
from app.rounds import departures
from app.rounds.bundles import freeze_bundle
from app.rounds.deadlines import refuse_before, stated
from app.rounds.fallback import Incomplete
from app.rounds.given_up import outdated
from app.rounds.inputs import problem_of, refusal, ruleset_of
from app.rounds.keys import round_key
from app.rounds.later_pass import later_pass
from app.rounds.lifecycle import ObjectionPhase, RoundEvent, Simple
from app.rounds.models import AdmissionRound
from app.rounds.moves import held_round, move_bundle, move_round, require, standing_bundle
from app.rounds.objections import refuse_while_open
from app.rounds.patience import meanwhile
from app.rounds.points_list import points_list
from app.rounds.pseudonyms import pseudonyms_of
from app.rounds.ranking import latest_list
from app.rounds.rows import RoundRow, row_of
from app.rounds.snapshot import snapshot
from app.vault import Vault

__all__ = ["FICTITIOUS", "freeze", "later_pass", "unfreeze"]

FICTITIOUS = "FICTITIOUS DEMONSTRATION DRAW: "
LONGEST_NAME = 200


async def freeze(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, draw_name: str, draw_at: datetime
) -> RoundRow:
    """Fix everything that decides the allocation, publish its root, and name the public draw to come.

    A child that holds a place in another round of the entry has left this one (ADR 0017); one that holds a place of an
    annulled result of this round keeps it, and its seat is not drawn again (ADR 0015).
    Raises `round.too_early` while objections run, `round.objections_open`, `round.draw_name_malformed`,
    `round.draw_not_ahead`, `round.items_waiting`, `round.unsettled`, `round.decided_otherwise`,
    `round.answers_elsewhere`, `round.snapshot_incomplete`, and `round.list_outdated` where a decision has changed
    since the points list stood for objection, or is to change because a private place was given up.
    """
    actor = authorize(actor, "round.freeze", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.FREEZE)
    if row.objections_until is not None:
        await refuse_before(session, row.objections_until, "objections_until")
    await refuse_while_open(session, row, ObjectionPhase.RANKING)
    name = _draw_name(row, draw_name)
    if draw_at <= await database_now(session):
        raise ServiceError("round.draw_not_ahead", "draw_at")
    problem = await problem_of(session, row, await round_key(session, vault, actor.bureau, row.id), name)
    children = problem.applicants
    places = await departures.answered_elsewhere(session, row, [child.child for child in children])
    staying = await departures.without_holders(session, row, problem, places)
    try:
        listed = points_list(problem.order, problem.key, children)
        frozen = await meanwhile(session, snapshot, staying)
    except Incomplete as error:
        raise refusal(error) from None
    public = await latest_list(session, row)
    late = await outdated(session, row, await ruleset_of(session, row), children)
    if late or public is None or public.content != listed.content:
        raise ServiceError("round.list_outdated", "ranking")
    bundle = await freeze_bundle(session, actor, row, frozen)
    names = {child.application: pseudonyms_of(problem.key, child.reference).applicant for child in children}
    await departures.record(session, actor, row, bundle.id, children, places, names)
    row.draw_name, row.draw_at, row.root = name, draw_at, frozen.root
    await move_round(session, actor, row, RoundEvent.FREEZE)
    return row_of(row)


async def unfreeze(session: AsyncSession, actor: Actor, round_id: UUID, reason: str) -> RoundRow:
    """Take a freeze back before its draw; the bundle is void and stays. Raises `round.draw_was_due` afterwards:
    whoever knows what was drawn must not choose whether it counts; two persons then annul (publish.annul)."""
    actor = authorize(actor, "round.unfreeze", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.UNFREEZE)
    if row.draw_at is None or await database_now(session) >= row.draw_at:
        raise ServiceError("round.draw_was_due", "draw_at")
    bundle = await standing_bundle(session, row)
    bundle.void_reason = stated(reason)
    await move_bundle(session, actor, bundle, Simple.VOID)
    row.draw_name = row.draw_at = row.root = None
    await move_round(session, actor, row, RoundEvent.UNFREEZE)
    return row_of(row)


def _draw_name(row: AdmissionRound, name: str) -> str:
    labelled = FICTITIOUS + name if row.demonstration and not name.startswith(FICTITIOUS) else name
    if not name.strip() or len(labelled) > LONGEST_NAME or not all(" " <= letter <= "~" for letter in name):
        raise ServiceError("round.draw_name_malformed", "draw_name")
    return labelled
