"""A refusal's letter as its family reads it, with the clocks of its remedies."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications.lifecycle import Outcome
from app.applications.models import Application
from app.applications.notices import REFUSED
from app.applications.queries import decision_of
from app.applications.refusal_letter import lines_of
from app.applications.remedies import Remedy, remedies
from app.messages.queries import proven_since
from app.vault import Place, Vault, unseal


@dataclass(frozen=True)
class Letter:
    """`zh` and `en`: its lines. `digest`: of the letter as it was sealed. `known_at`: the family's proven notice."""

    zh: list[str]
    en: list[str]
    digest: str
    known_at: datetime | None
    remedies: list[Remedy]


async def letter_of(session: AsyncSession, vault: Vault, row: Application, demonstration: bool) -> Letter | None:
    """The letter of the refusal that counts, or None; raises `round.holidays_missing`."""
    decision = await decision_of(session, row.bureau, row.id)
    if decision is None or decision.outcome != Outcome.NOT_ELIGIBLE or decision.letter is None:
        return None
    assert decision.letter_digest is not None, "by a CHECK"
    key, told = await vault.key_of(session, row.bureau, row.child), f"decision:{decision.id}"
    letter = unseal(key, decision.letter, Place("decision", "letter", decision.id))
    known_at = (await proven_since(session, row.bureau, [REFUSED], [told]))[told]
    return Letter(
        lines_of(letter, "zh"),
        lines_of(letter, "en"),
        decision.letter_digest,
        known_at,
        remedies(known_at, demonstration),
    )
