"""Freezing a round into a bundle before its public draw, taking that back, and the bundle of a later pass."""

from collections.abc import Mapping, Set
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.allocation.later_pass import later_pass as pass_after
from app.allocation.result import read_placements
from app.clock import uuid7
from app.database import database_now
from app.errors import ServiceError
from app.journal import service as journal
from app.rounds import store
from app.rounds.deadlines import refuse_before, stated
from app.rounds.inputs import problem_of, refusal
from app.rounds.keys import round_key
from app.rounds.lifecycle import BundleStatus, ObjectionPhase, RoundEvent, RunStatus, Simple
from app.rounds.models import AdmissionRound, Bundle
from app.rounds.moves import held_round, move_bundle, move_round, require, standing_bundle, standing_run
from app.rounds.objections import refuse_while_open
from app.rounds.patience import meanwhile
from app.rounds.points_list import points_list
from app.rounds.ranking import latest_list
from app.rounds.rows import RoundRow, row_of
from app.rounds.snapshot import Incomplete, Snapshot, sealed, snapshot
from app.vault import Vault

FICTITIOUS = "FICTITIOUS DEMONSTRATION DRAW: "
LONGEST_NAME = 200


async def freeze(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, draw_name: str, draw_at: datetime
) -> RoundRow:
    """Fix everything that decides the allocation, publish its root, and name the public draw to come.

    Raises `round.too_early` while objections run, `round.objections_open`, `round.draw_name_malformed`,
    `round.draw_not_ahead`, `round.unsettled`, `round.decided_otherwise`, `round.snapshot_incomplete`, and
    `round.list_outdated` where a decision has changed since the points list stood for objection.
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
    try:
        listed = points_list(problem.order, problem.key, problem.applicants)
        frozen = await meanwhile(session, snapshot, problem)
    except Incomplete as error:
        raise refusal(error) from None
    public = await latest_list(session, row)
    if public is None or public.content != listed.content:
        raise ServiceError("round.list_outdated", "ranking")
    await _keep(session, actor, row, frozen)
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


async def later_pass(
    session: AsyncSession, actor: Actor, round_id: UUID, left: Set[UUID], final: Mapping[UUID, str]
) -> UUID:
    """The bundle of the next pass over the same rows and draw (allocation-bundle/1, later pass); answers its id.

    `left`: applications that are out. `final`: application → the programme that it holds for good. All others stand
    as they stood; capacities stay, so that nobody adds a seat knowing whom it would go to.
    Raises `round.not_in_pass`, `round.not_its_place`, `round.bundle_altered`.
    """
    actor = authorize(actor, "round.later_pass", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.LATER_PASS)
    before = await standing_bundle(session, row)
    run = await standing_run(session, before)
    if run is None or run.status != RunStatus.PUBLISHED:
        raise ServiceError("round.no_run", "run")
    parent = store.parsed(await store.files_of_bundle(session, row.bureau, before.id), before.root)
    placements = read_placements((await store.files_of_run(session, row.bureau, run.id))["placements.csv"])
    people = await store.bundled_in(session, row.bureau, before.id)
    names = {person.application: name for name, person in people.items()}
    if not (left | final.keys()) <= names.keys() or left & final.keys():
        raise ServiceError("round.not_in_pass", "applications")
    place = {placed.applicant: placed.programme for placed in placements}
    if any(place.get(names[application]) != programme for application, programme in final.items()):
        raise ServiceError("round.not_its_place", "final")
    out, settled = ({names[application] for application in chosen} for chosen in (left, final))
    later = pass_after(parent, placements, out, settled, {})
    row.pass_number += 1
    frozen = sealed(later.header, later.tables, people, later.draw)
    bundle = await _keep(session, actor, row, frozen, parent_run=run.id, draw_act=before.draw_act)
    await move_bundle(session, actor, bundle, Simple.DRAW)
    row.root = frozen.root
    await move_round(session, actor, row, RoundEvent.LATER_PASS)
    return bundle.id


def _draw_name(row: AdmissionRound, name: str) -> str:
    labelled = FICTITIOUS + name if row.demonstration and not name.startswith(FICTITIOUS) else name
    if not name.strip() or len(labelled) > LONGEST_NAME or not all(" " <= letter <= "~" for letter in name):
        raise ServiceError("round.draw_name_malformed", "draw_name")
    return labelled


async def _keep(
    session: AsyncSession,
    actor: Actor,
    row: AdmissionRound,
    frozen: Snapshot,
    parent_run: UUID | None = None,
    draw_act: UUID | None = None,
) -> Bundle:
    earlier = await session.scalar(
        select(func.count()).select_from(Bundle).where(col(Bundle.bureau) == row.bureau, col(Bundle.round) == row.id)
    )
    bundle = Bundle(
        bureau=row.bureau,
        id=uuid7(),
        round=row.id,
        number=(earlier or 0) + 1,
        pass_number=row.pass_number,
        root=frozen.root,
        parent_run=parent_run,
        draw_act=draw_act,
        frozen_by=actor.person,
        frozen_at=await database_now(session),
    )
    await store.keep_bundle(session, bundle, frozen)
    await journal.record(session, actor, "bundle", "freeze", f"bundle:{bundle.id}", after=BundleStatus.FROZEN.value)
    return bundle
