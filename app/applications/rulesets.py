"""Rulesets as published documents: uploaded as text, checked by the core, activated by two persons, then fixed."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts import two_person
from app.accounts.access import Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.applications.models import Ruleset
from app.applications.queries import RulesetText
from app.eligibility.exact_json import BadField
from app.eligibility.ruleset import parse
from app.errors import ServiceError
from app.journal import service as journal

ACTIVATE = "activate_ruleset"


async def upload(session: AsyncSession, actor: Actor, text: str) -> RulesetText:
    """Keep a ruleset under its id; one not yet active may be replaced. Raises `ruleset.refused`, `ruleset.fixed`."""
    actor = authorize(actor, "ruleset.upload", Target(actor.bureau))
    try:
        ruleset = parse(text)
    except BadField as error:
        raise ServiceError(
            "ruleset.refused", error.field, place=error.field, reason=error.reason, mend=error.remedy
        ) from None
    row = await _held(session, actor.bureau, ruleset.id)
    before = journal.ABSENT if row is None else row.digest
    if row is not None and row.activated_by is not None:
        raise ServiceError("ruleset.fixed", "id", id=ruleset.id)
    if row is None:
        row = Ruleset(bureau=actor.bureau, id=ruleset.id, text=text, digest=ruleset.digest)
        session.add(row)
    row.text, row.digest = text, ruleset.digest
    await session.flush()
    await journal.record(session, actor, "ruleset", "upload", f"ruleset:{ruleset.id}", before, ruleset.digest)
    return RulesetText(row.id, row.text, row.digest, False)


async def propose_activation(session: AsyncSession, actor: Actor, ruleset_id: str) -> TwoPersonAct:
    """Propose that a ruleset be activated exactly as it stands; raises `ruleset.fixed` where it already is."""
    actor = authorize(actor, "ruleset.propose", Target(actor.bureau))
    row = await _still_open(session, actor.bureau, ruleset_id)
    return await two_person.propose(
        session, actor, ACTIVATE, f"ruleset:{row.id}", _payload(row), ("rules", "approval", "auditor")
    )


async def activate(session: AsyncSession, actor: Actor, act_id: UUID, digest: str) -> str:
    """The second person activates it; answers its id. From now on the text is fixed."""
    actor = authorize(actor, "ruleset.activate", Target(actor.bureau))
    act = await two_person.find(session, actor.bureau, act_id, ACTIVATE)
    row = await _still_open(session, actor.bureau, act.object.partition(":")[2])
    await two_person.approve(session, actor, act_id, ACTIVATE, digest, _payload(row))
    row.activated_by = act.id
    await session.flush()
    await journal.record(session, actor, "ruleset", "activate", f"ruleset:{row.id}", "draft", row.digest)
    return row.id


async def all_rulesets(session: AsyncSession, bureau: str) -> list[RulesetText]:
    """Every ruleset of the bureau, by id: published documents that anyone can read."""
    rows = await session.scalars(select(Ruleset).where(col(Ruleset.bureau) == bureau).order_by(col(Ruleset.id)))
    return [RulesetText(row.id, row.text, row.digest, row.activated_by is not None) for row in rows]


def _payload(row: Ruleset) -> dict[str, Any]:
    return {"ruleset": row.id, "digest": row.digest}


async def _held(session: AsyncSession, bureau: str, ruleset_id: str) -> Ruleset | None:
    return await session.scalar(
        select(Ruleset).where(col(Ruleset.bureau) == bureau, col(Ruleset.id) == ruleset_id).with_for_update()
    )


async def _still_open(session: AsyncSession, bureau: str, ruleset_id: str) -> Ruleset:
    row = await _held(session, bureau, ruleset_id)
    if row is None:
        raise ServiceError("access.not_found", "ruleset", action="ruleset")
    if row.activated_by is not None:
        raise ServiceError("ruleset.fixed", "id", id=row.id)
    return row
