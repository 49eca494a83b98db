"""Where programmes stand in the whole list of an applicant: its choices, and after them its fallback."""

from __future__ import annotations  # an array's type takes no parameter when it is run

from collections.abc import Sequence
from itertools import pairwise

from app.allocation.market import Columns
from app.allocation.priorities import Tickets


class Lists:
    """Where programmes stand in whole lists."""

    def __init__(self, columns: Columns, tickets: Tickets) -> None:
        self._columns, self._tickets = columns, tickets
        self._places = [
            {programme: at for at, programme in enumerate(columns.listed[start:end])}
            for start, end in pairwise(columns.list_first)
        ]

    def own(self, applicant: int) -> Sequence[int]:
        """The programmes that it chose, the best first."""
        return self._columns.programme[self._columns.first[applicant] : self._columns.first[applicant + 1]]

    def depth(self, applicant: int, programme: int) -> int:
        """How many programmes of its fallback stand before this one."""
        return self._places[self._columns.fallback[applicant]].get(programme, -1)

    def at(self, applicant: int, programme: int) -> tuple[int, int] | None:
        """Rank of a programme in an applicant's whole list and its standing there, None where it does not list it."""
        own, columns = self.own(applicant), self._columns
        ticket = self._tickets(applicant, programme) if self._tickets else 0
        if programme in own:
            rank = list(own).index(programme)
            return rank + 1, columns.standing[columns.first[applicant] + rank] + ticket
        if columns.fallback[applicant] < 0 or (depth := self.depth(applicant, programme)) < 0:
            return None
        place = self._places[columns.fallback[applicant]]
        before = depth - sum(place.get(listed, depth) < depth for listed in own)
        return len(own) + before + 1, columns.elsewhere[applicant] + ticket
