"""Rulesets as they were published, for whoever decides by them."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.applications.models import Ruleset
from app.errors import ServiceError

# Texts by digest: an active ruleset never changes, so what is kept here cannot be stale.
_TEXTS: dict[str, str] = {}
# Asked at every submission, as text: building and hashing an expression takes longer than the answer.
STANDING = text("SELECT digest, activated_by FROM ruleset WHERE bureau = :bureau AND id = :ruleset")


@dataclass(frozen=True)
class RulesetText:
    """A ruleset as it was published."""

    id: str
    text: str
    digest: str
    active: bool


async def active_ruleset(session: AsyncSession, bureau: str, ruleset_id: str) -> RulesetText:
    """A ruleset by id; raises `access.not_found`."""
    row = await session.get(Ruleset, (bureau, ruleset_id))
    if row is None:
        raise ServiceError("access.not_found", "ruleset", action="ruleset")
    return RulesetText(row.id, row.text, row.digest, row.activated_by is not None)


async def ruleset_in_force(session: AsyncSession, bureau: str, ruleset_id: str) -> RulesetText:
    """The active ruleset of a round, its text fetched once per process; raises `ruleset.not_active`."""
    row = (await session.execute(STANDING, {"bureau": bureau, "ruleset": ruleset_id})).one_or_none()
    if row is None or row.activated_by is None:
        raise ServiceError("ruleset.not_active", "ruleset")
    if row.digest not in _TEXTS:
        _TEXTS[row.digest] = (await active_ruleset(session, bureau, ruleset_id)).text
    return RulesetText(ruleset_id, _TEXTS[row.digest], row.digest, True)
