"""The nearest change of an applicant's own standing that would have placed it at a programme that refused it.

An applicant gets the best programme whose bar it beats (bars.py); which changes beat it, change.py says.

A key that `everywhere` names is the applicant's own and the same in all its rows (points); any other belongs to the
one row (a right). Where a change everywhere would rather have placed it at a programme that it prefers still more, no
change is told for the lesser one.
"""

from collections.abc import Collection, Sequence

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice, Keys
from app.allocation.explanation.bars import NOWHERE, Bars
from app.allocation.explanation.change import Bar, Change, enough
from app.allocation.market import market_of, seat_names
from app.allocation.preferences import preferences
from app.allocation.ranking import Ranking
from app.allocation.result import Placement
from app.allocation.tables import Applicant


class Changes:
    """The changes for the applicants of a drawn bundle, one applicant at a time."""

    def __init__(self, bundle: Bundle, everywhere: Collection[str] = ()) -> None:
        self._bundle, self._everywhere = bundle, frozenset(everywhere)
        self._ranking, self._lists = Ranking(bundle.header, bundle.draw), preferences(bundle.tables)
        market = market_of(bundle)
        self._columns, self._bars = market.columns, Bars(market)
        self._seats = seat_names(bundle)[1]
        self._at = {row.programme: at for at, row in enumerate(bundle.tables.programmes)}

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
            own = self._ranking.rank(row, choice.programme, choice.keys)
            able = tuple(enough(own, bars[at], self._bundle.header.order))
            better = list(zip(refused[:at], bars[:at], strict=True))
            changes[choice.programme] = tuple(one for one in able if not self._overshoots(row, one, better))
        return changes

    def _bar(self, programme: str, bar: tuple[int, int] | None) -> Bar:
        if bar is None or bar == NOWHERE:
            return Bar(None, "")
        standing, kind = bar
        holder = self._bundle.tables.applicants[self._columns.applicant[standing & self._columns.mask]]
        keys = next(keys for name, keys in self._lists.wishes(holder) if name == programme)
        return Bar(self._ranking.rank(holder, programme, keys), self._seats[kind])

    def _overshoots(self, row: Applicant, change: Change, better: Sequence[tuple[Choice, Bar]]) -> bool:
        if change.key not in self._everywhere:
            return False
        value = change.least(self._bundle.header.order)
        return any(
            bar.rank is not None
            and self._ranking.rank(row, choice.programme, self._changed(choice.keys, change.key, value)) < bar.rank
            for choice, bar in better
        )

    def _changed(self, keys: Keys, key: str, value: int) -> Keys:
        names = self._bundle.header.keys
        return tuple(value if name == key else held for name, held in zip(names, keys, strict=True))
