"""What a family is told of a published result, read by the child's guardians alone."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications.published_rules import active_ruleset
from app.eligibility.ruleset import Ruleset, parse
from app.errors import ServiceError
from app.rounds.lifecycle import RunStatus
from app.rounds.models import AdmissionRound, AllocationRun, Bundle, Explanation
from app.schools import queries as schools
from app.schools.vocabulary import AGE_CLASS_WORDS


@dataclass(frozen=True)
class Explained:
    """What is told of one child in one run, and what puts it in words; `told` is None while it is being reckoned.

    `schools`: the name of each programme's school.
    """

    run: int
    pass_number: int
    told: dict[str, Any] | None
    ruleset: Ruleset
    schools: dict[str, str]


async def explanation_of(session: AsyncSession, actor: Actor, round_id: UUID, application_id: UUID) -> Explained:
    """For a guardian: what the last published run that explains the child means for it; raises `access.not_found`."""
    found = await session.execute(
        select(Explanation, AllocationRun, AdmissionRound, col(Bundle.pass_number))
        .join(
            AllocationRun,
            (col(AllocationRun.bureau) == col(Explanation.bureau)) & (col(AllocationRun.id) == col(Explanation.run)),
        )
        .join(
            AdmissionRound,
            (col(AdmissionRound.bureau) == col(AllocationRun.bureau))
            & (col(AdmissionRound.id) == col(AllocationRun.round)),
        )
        .join(Bundle, (col(Bundle.bureau) == col(AllocationRun.bureau)) & (col(Bundle.id) == col(AllocationRun.bundle)))
        .where(
            col(Explanation.bureau) == actor.bureau,
            col(Explanation.application) == application_id,
            col(AllocationRun.round) == round_id,
            col(AllocationRun.status) == RunStatus.PUBLISHED,
        )
        .order_by(col(AllocationRun.number).desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None:
        raise ServiceError("access.not_found", "application", action="round.explain")
    one, run, held, pass_number = row
    authorize(actor, "round.explain", Target(actor.bureau, tuple(one.guardians)))
    rules = await active_ruleset(session, held.bureau, held.ruleset)
    content = None if one.content is None else json.loads(one.content)
    return Explained(run.number, pass_number, content, _parsed(rules.text), await _schools(session, held))


@lru_cache(maxsize=8)
def _parsed(text: str) -> Ruleset:
    return parse(text)


async def _schools(session: AsyncSession, row: AdmissionRound) -> dict[str, str]:
    names = {school.id: school.name for school in await schools.schools_standing(session, row.bureau, row.as_of)}
    programmes = await schools.programmes_of_round(session, row.bureau, row.id)
    return {row.id: names.get(row.school, row.school) + _class(row.age_class) for row in programmes}


def _class(age_class: str) -> str:
    """A kindergarten's name alone does not tell its programmes apart."""
    return f"（{AGE_CLASS_WORDS[age_class][0]}）" if age_class else ""
