"""API shapes of an explanation: each comparison with its parts and a sentence in both languages."""

from typing import Any, Literal

from pydantic import BaseModel

from app.allocation.explanation.comparison import Relation
from app.rounds.explanation import Explained
from app.rounds.explanation_words import Sentences


class EntryOut(BaseModel):
    """An entry of the order in which child and last holder are compared: a key's integer, or the ticket's hex."""

    name: str
    name_zh: str
    name_en: str
    own: int | str
    last: int | str


class ComparisonOut(BaseModel):
    """The child against the last holder of a kind of seat. A band, where fewer than five hold one, gives neither
    `filled` nor `entries`, and `decided` is null where a later key or the lottery decided."""

    seat: str
    seat_zh: str
    seat_en: str
    filled: int | None
    relation: Relation
    decided: str | None
    is_band: bool
    entries: list[EntryOut]
    zh: str
    en: str


class ChangeOut(BaseModel):
    """The nearest change of the child's own standing that would have placed it there, found true by solving again:
    `value` of `key` or better. In a band `value` is null, and so is `key` unless it is the order's first."""

    key: str | None
    value: int | None
    zh: str
    en: str


class ListedOut(BaseModel):
    """A programme on the child's list; `rank` in the whole of it, `is_own` unless it is of the fallback."""

    programme: str
    school: str
    rank: int
    is_own: bool
    comparisons: list[ComparisonOut]
    change: ChangeOut | None


class ExplanationOut(BaseModel):
    """Why a child got its place and none that it preferred.

    `is_ready`: false while it is being reckoned, with all else empty. `untold`: schools of the fallback that refused
    it and are only counted. `lottery_decided`: whether the ticket decided anything for this child; `lost_by_lot`,
    `won_by_lot`: against it, for it. `zh`, `en`: all of it in sentences.
    """

    run: int
    pass_number: int
    is_ready: bool
    seat: str | None = None
    place: ListedOut | None = None
    preferred: list[ListedOut] = []
    untold: int = 0
    lottery_decided: bool | None = None
    lost_by_lot: bool | None = None
    won_by_lot: bool | None = None
    zh: list[str] = []
    en: list[str] = []

    @classmethod
    def of(cls, found: Explained) -> "ExplanationOut":
        if found.told is None:
            return cls(run=found.run, pass_number=found.pass_number, is_ready=False)
        says = {language: Sentences(found.ruleset, language, found.schools) for language in LANGUAGES}
        told = found.told
        return cls(
            run=found.run,
            pass_number=found.pass_number,
            is_ready=True,
            seat=told["seat"],
            place=_listed(told["place"], says, told) if told["place"] else None,
            preferred=[_listed(one, says) for one in told["preferred"]],
            untold=told["untold"],
            lottery_decided=told["lost_by_lot"] or told["won_by_lot"],
            lost_by_lot=told["lost_by_lot"],
            won_by_lot=told["won_by_lot"],
            **{language: words.summary(told) for language, words in says.items()},
        )


LANGUAGES: tuple[Literal["zh", "en"], ...] = ("zh", "en")
Says = dict[Literal["zh", "en"], Sentences]


def _listed(one: dict[str, Any], says: Says, held: dict[str, Any] | None = None) -> ListedOut:
    change: dict[str, Any] | None = one["change"]
    if change is not None:
        change = {**change, **{language: words.change(one) for language, words in says.items()}}
    return ListedOut(
        programme=one["programme"],
        school=says["zh"].school(one["programme"]),
        rank=one["rank"],
        is_own=one["is_own"],
        comparisons=[_comparison(one["programme"], compared, says, held) for compared in one["comparisons"]],
        change=None if change is None else ChangeOut(**change),
    )


def _comparison(programme: str, one: dict[str, Any], says: Says, held: dict[str, Any] | None) -> ComparisonOut:
    names = [
        {f"name_{language}": words.name(entry["name"]) for language, words in says.items()} for entry in one["entries"]
    ]
    entries = [EntryOut(**{**entry, **named}) for entry, named in zip(one["entries"], names, strict=True)]
    seats = {f"seat_{language}": words.seat(one["seat"]) for language, words in says.items()}
    sentences: dict[str, str] = {language: words.comparison(programme, one, held) for language, words in says.items()}
    made: dict[str, Any] = {**one, **seats, **sentences, "entries": entries}
    return ComparisonOut(**made)
