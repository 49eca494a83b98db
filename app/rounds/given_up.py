"""Whose decision does not say of a private place what the ledger of offers says.

To give one up decides a child's public cases anew at once (ADR 0017), but not those of a round that is frozen then;
once that is taken back, by unfreezing or annulment, its list is out of date.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications.assessment import keys_by_override
from app.applications.entry import gave_up_in_entry
from app.applications.queries import Applicant
from app.eligibility.ruleset import Ruleset
from app.rounds.models import AdmissionRound


async def outdated(
    session: AsyncSession, row: AdmissionRound, ruleset: Ruleset, children: Sequence[Applicant]
) -> list[Applicant]:
    """Those of these eligible children who are ranked last and have given nothing up, or the other way round; but not
    whom two persons have admitted beside the rules."""
    last = ruleset.text.gave_up
    if last is None or not children:
        return []
    gone = await gave_up_in_entry(session, row.bureau, row.stage, row.year, [child.child for child in children])
    level = next(key.name for key in ruleset.keys if key.measure == "level")
    granted = keys_by_override(ruleset)
    return [
        child
        for child in children
        if child.keys_elsewhere != granted and (child.keys_elsewhere[level] == last.level) != (child.child in gone)
    ]
