"""A round as the features above and the pages know it, and the two-person acts about it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.rounds.lifecycle import RoundStatus
from app.rounds.models import AdmissionRound
from app.rounds.vocabulary import FallbackOver, RoundKind, Silence


@dataclass(frozen=True)
class RoundRow:
    """`status` is the true one: whoever answers to a person shows `lifecycle.shown(status, insider)`."""

    bureau: str
    id: UUID
    code: str
    stage: str
    kind: RoundKind
    year: int
    title_zh: str
    title_en: str
    ruleset: str
    as_of: date
    status: RoundStatus
    version: int
    opens_at: datetime
    closes_at: datetime
    objections_until: datetime | None
    answers_until: datetime | None
    silence: Silence
    fallback: FallbackOver
    distance_limit_m: int
    draw_name: str | None
    draw_at: datetime | None
    root: str | None
    draw_value: str | None
    pass_number: int
    demonstration: bool
    follows: UUID | None
    place_within_days: int | None


def row_of(row: AdmissionRound) -> RoundRow:
    fields = row.model_dump()
    words = {"status": RoundStatus(row.status), "kind": RoundKind(row.kind), "silence": Silence(row.silence)}
    return RoundRow(**{**fields, **words, "fallback": FallbackOver(row.fallback)})


def about(round_id: UUID) -> str:
    """The object of a two-person act and of a journal entry about a round."""
    return f"round:{round_id}"


def round_of(object_: str) -> UUID:
    """The round that such an object names."""
    return UUID(object_.removeprefix("round:"))
