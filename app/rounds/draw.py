"""The result of the public draw, entered by two persons into the frozen bundle, once."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts import two_person
from app.accounts.access import ALLOCATION, APPROVAL, Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.allocation.manifest import MANIFEST, TABLES, Draw, write_manifest
from app.allocation.text import sha256
from app.errors import ServiceError
from app.rounds import store
from app.rounds.deadlines import refuse_before
from app.rounds.lifecycle import RoundEvent, Simple
from app.rounds.models import AdmissionRound, Bundle, BundleFile
from app.rounds.moves import held_round, move_bundle, move_round, require, standing_bundle
from app.rounds.rows import RoundRow, about, round_of, row_of

ENTER = "enter_draw"
VALUE = re.compile(r"(?=.{1,200}\Z)(?:0|[1-9][0-9]*)(?:-(?:0|[1-9][0-9]*))*")
AUDIENCE = (ALLOCATION, APPROVAL)


async def propose_draw(session: AsyncSession, actor: Actor, round_id: UUID, value: str) -> TwoPersonAct:
    """What the first person saw drawn, such as `4-0-7`. Raises `round.too_early` before the draw is due,
    `round.draw_malformed`."""
    actor = authorize(actor, "round.propose_draw", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.DRAW)
    await refuse_before(session, row.draw_at, "draw_at")
    if VALUE.fullmatch(value) is None:
        raise ServiceError("round.draw_malformed", "value")
    payload = _payload(row, await standing_bundle(session, row), value)
    return await two_person.propose(session, actor, ENTER, about(row.id), payload, AUDIENCE)


async def enter_draw(session: AsyncSession, actor: Actor, act_id: UUID, digest: str) -> RoundRow:
    """The second person confirms it: root and value stand in the manifest, and the seed is fixed.

    Raises `act.*`, `round.too_early`, and `round.bundle_altered` where the stored bytes are not those of the root.
    """
    actor = authorize(actor, "round.enter_draw", Target(actor.bureau))
    act = await two_person.find(session, actor.bureau, act_id, ENTER)
    row = await held_round(session, actor.bureau, round_of(act.object))
    require(actor, row, RoundEvent.DRAW)
    await refuse_before(session, row.draw_at, "draw_at")
    bundle, value = await standing_bundle(session, row), act.payload["value"]
    await two_person.approve(session, actor, act_id, ENTER, digest, _payload(row, bundle, value))
    files = await store.files_of_bundle(session, row.bureau, bundle.id)
    manifest = drawn(files, row.root or "", value)
    await session.execute(
        update(BundleFile)
        .where(
            col(BundleFile.bureau) == row.bureau,
            col(BundleFile.bundle) == bundle.id,
            col(BundleFile.name) == MANIFEST,
        )
        .values(content=manifest)
    )
    bundle.draw_act = act.id
    await move_bundle(session, actor, bundle, Simple.DRAW)
    row.draw_value = value
    await move_round(session, actor, row, RoundEvent.DRAW)
    return row_of(row)


def drawn(files: dict[str, bytes], root: str, value: str) -> bytes:
    """The manifest of a frozen first pass with this draw in it; raises `round.bundle_altered`."""
    frozen = store.parsed(files, root)
    manifest = write_manifest(frozen.header, {name: sha256(files[name]) for name in TABLES}, Draw(frozen.root, value))
    store.parsed({**files, MANIFEST: manifest}, root)
    return manifest


def _payload(row: AdmissionRound, bundle: Bundle, value: str) -> dict[str, Any]:
    return {"bundle": str(bundle.id), "root": row.root, "draw_name": row.draw_name, "value": value}
