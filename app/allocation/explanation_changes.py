"""The nearest change of an applicant's own standing that would have placed it at a programme that refused it.

An applicant gets the best programme whose bar it beats (explanation_bars.py). To beat a bar it must stand before it in
the first entry in which they differ, or in one that comes earlier. The order ranks any change of an entry behind any
of one before it: so of the changes that do, the nearest is that of the last key that can do it at all.

A key that `everywhere` names is the applicant's own and the same in all its rows (points); any other belongs to the
one row (a right). Where a change everywhere would rather have placed it at a programme that it prefers still more, no
change is told for the lesser one.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice, Keys
from app.allocation.explanation import Ranking
from app.allocation.explanation_bars import NOWHERE, Bars
from app.allocation.manifest import TICKET
from app.allocation.market import market_of, seat_names
from app.allocation.preferences import preferences
from app.allocation.result import Placement
from app.allocation.tables import Applicant

Rank = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """All else unchanged, any value of `key` would have done that is at least as good as `bound`; strictly better
    where `is_strict`. `seat`: the kind of seat whose last holder sets the bound."""

    key: str
    bound: int
    is_strict: bool
    seat: str

    def least(self, order: Sequence[str]) -> int:
        """The smallest such change, as the key's new value."""
        better = -1 if f"{self.key}<" in order else 1
        return self.bound + better * self.is_strict


@dataclass(frozen=True, slots=True)
class _Bar:
    """What is to be beaten at a programme: a rank, smaller first, and the kind of seat; no rank: nothing to beat."""

    rank: Rank | None
    seat: str


class Changes:
    """The changes for the applicants of a drawn bundle, one applicant at a time."""

    def __init__(self, bundle: Bundle, everywhere: Collection[str] = ()) -> None:
        self._bundle, self._everywhere = bundle, frozenset(everywhere)
        self._ranking, self._lists = Ranking(bundle.header, bundle.draw), preferences(bundle.tables)
        market = market_of(bundle)
        self._columns, self._bars = market.columns, Bars(market)
        self._seats = seat_names(bundle)[1]
        self._at = {row.programme: at for at, row in enumerate(bundle.tables.programmes)}
        self._keys = [entry for entry in bundle.header.order if entry != TICKET]

    def of(self, applicant: int, placement: Placement) -> dict[str, tuple[Change, ...]]:
        """For each own choice that it preferred to its place, the changes that would have got it, nearest first.

        `applicant`: its index among the bundle's applicants. Only what lies in the rules' power to change is given:
        never a ticket, and nothing where no key of its own could do it.
        """
        row = self._bundle.tables.applicants[applicant]
        wishes = self._lists.choices(row)
        refused = wishes if placement.rank is None else wishes[: placement.rank - 1]
        if not refused:
            return {}
        found = self._bars.without(applicant, [self._at[choice.programme] for choice in refused])
        bars = [self._bar(choice.programme, bar) for choice, bar in zip(refused, found, strict=True)]
        changes: dict[str, tuple[Change, ...]] = {}
        for at, choice in enumerate(refused):
            able = tuple(self._able(row, choice, bars[at]))
            better = list(zip(refused[:at], bars[:at], strict=True))
            changes[choice.programme] = tuple(one for one in able if not self._overshoots(row, one, better))
        return changes

    def _bar(self, programme: str, bar: tuple[int, int] | None) -> _Bar:
        if bar is None or bar == NOWHERE:
            return _Bar(None, "")
        standing, kind = bar
        holder = self._bundle.tables.applicants[self._columns.applicant[standing & self._columns.mask]]
        keys = next(keys for name, keys in self._lists.wishes(holder) if name == programme)
        return _Bar(self._rank(holder, programme, keys), self._seats[kind])

    def _able(self, row: Applicant, choice: Choice, bar: _Bar) -> Iterator[Change]:
        if bar.rank is None:
            return
        own, order = self._rank(row, choice.programme, choice.keys), self._bundle.header.order
        first = next(at for at in range(len(own)) if own[at] != bar.rank[at])
        for at in reversed(range(min(first + 1, len(order)))):
            if order[at] != TICKET:
                # Equal to the bar where they differ, what comes after decides; equal to it before, only more will do.
                is_strict = at < first or own[at + 1 :] > bar.rank[at + 1 :]
                sign = -1 if order[at].endswith(">") else 1
                bound = bar.rank[at]
                assert isinstance(bound, int)
                yield Change(order[at][:-1], sign * bound, is_strict, bar.seat)

    def _overshoots(self, row: Applicant, change: Change, better: Sequence[tuple[Choice, _Bar]]) -> bool:
        if change.key not in self._everywhere:
            return False
        value = change.least(self._bundle.header.order)
        return any(
            bar.rank is not None
            and self._rank(row, choice.programme, self._changed(choice.keys, change.key, value)) < bar.rank
            for choice, bar in better
        )

    def _changed(self, keys: Keys, key: str, value: int) -> Keys:
        names = self._bundle.header.keys
        return tuple(value if name == key else held for name, held in zip(names, keys, strict=True))

    def _rank(self, row: Applicant, programme: str, keys: Keys) -> Rank:
        values, rank = iter(keys), list[int | str]()
        for entry in self._bundle.header.order:
            if entry == TICKET:
                rank.append(self._ranking.ticket(row, programme))
            else:
                rank.append(next(values) * (-1 if entry.endswith(">") else 1))
        return (*rank, row.applicant)
