"""The bundle of the next pass over the same rows and draw: nobody who stays gets worse (design, decision 14)."""

from collections.abc import Mapping, Set
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.allocation.later_pass import later_pass as pass_after
from app.allocation.result import read_placements
from app.errors import ServiceError
from app.rounds import departures, store
from app.rounds.bundles import freeze_bundle
from app.rounds.lifecycle import ObjectionPhase, RoundEvent, RunStatus, Simple
from app.rounds.moves import held_round, move_bundle, move_round, require, standing_bundle, standing_run
from app.rounds.objections import refuse_while_open
from app.rounds.snapshot import sealed


async def later_pass(
    session: AsyncSession, actor: Actor, round_id: UUID, left: Set[UUID], final: Mapping[UUID, str]
) -> UUID:
    """The bundle of the next pass over the same rows and draw (allocation-bundle/1, later pass); answers its id.

    `left`: applications that are out; so is who holds a place in another round of the entry. `final`: application →
    the programme that it holds for good. All others stand as they stood; capacities stay, so that nobody adds a seat
    knowing whom it would go to.
    Raises `round.answers_elsewhere`, `round.not_in_pass`, `round.not_its_place`, `round.bundle_altered`,
    `round.objections_open`.
    """
    actor = authorize(actor, "round.later_pass", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.LATER_PASS)
    # Late ones: the list did not become final while one waited.
    await refuse_while_open(session, row, ObjectionPhase.PROPOSAL)
    before = await standing_bundle(session, row)
    run = await standing_run(session, before)
    if run is None or run.status != RunStatus.PUBLISHED:
        raise ServiceError("round.no_run", "run")
    parent = store.parsed(await store.files_of_bundle(session, row.bureau, before.id), before.root)
    placements = read_placements((await store.files_of_run(session, row.bureau, run.id))["placements.csv"])
    people = await store.bundled_in(session, row.bureau, before.id)
    places = await departures.answered_elsewhere(session, row, [person.child for person in people.values()])
    left = left | {person.application for person in people.values() if person.child in places}
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
    bundle = await freeze_bundle(session, actor, row, frozen, parent_run=run.id, draw_act=before.draw_act)
    await departures.record(session, actor, row, bundle.id, people.values(), places, names)
    await move_bundle(session, actor, bundle, Simple.DRAW)
    row.root = frozen.root
    await move_round(session, actor, row, RoundEvent.LATER_PASS)
    return bundle.id
