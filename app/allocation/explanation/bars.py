"""What an applicant would have to beat at each programme, whatever it lists: the bars of the market without it.

In the applicant-optimal mechanism nobody's list moves anybody's menu: the programmes that an applicant could get, by
any list, are those that would choose it over whom they hold in the *programme-optimal* stable matching of the market
without it. Proof, for choices that are substitutable and obey the law of aggregate demand, as those by reserves do:
let it list one programme p. By the rural hospitals theorem it is unmatched in all stable matchings or in none
(Hatfield and Milgrom 2005, theorem 8). Where p would not choose it, that matching with it unmatched is stable. Where
p would, no stable matching leaves it out: such a one would be stable without it, its applicants no worse off than in
the programme-optimal one, so those who would rather have p no more, and p would choose it from fewer all the more.
(The bars of the applicant-optimal matching without it are too low: whoever it displaced may come back and oust it.)

The programmes find that matching by asking (asking.py). An applicant who refuses everybody is as good as absent, and
nothing that was asked before has to be taken back: so the market without one applicant is a short chain from the
matching with all, and taken back by a log.
"""

from collections.abc import Sequence

from app.allocation.explanation.asking import Asking
from app.allocation.market import Market

NOWHERE = (-1, 0)


class Bars:
    """The programme-optimal stable matching of a market, and of it without any one applicant."""

    def __init__(self, market: Market) -> None:
        self._asking = Asking(market)
        self._held = self._asking.held
        self._asking.fill(list(range(len(market.columns.capacity))))
        self._held.settle()

    def without(self, applicant: int, programmes: Sequence[int]) -> list[tuple[int, int] | None]:
        """For each programme the standing that the applicant must exceed there, and the kind of seat whose last
        holder has it; None where a seat is free, (-1, 0) where there is no seat for it at all."""
        released = self.place_of(applicant)
        if released >= 0:
            self._held.leave(applicant)
        self._held.withdraw(applicant)
        self._asking.fill([released] if released >= 0 else [])
        found = [self._bar(applicant, programme) for programme in programmes]
        self._held.take_back()
        return found

    def place_of(self, applicant: int) -> int:
        """The programme that holds the applicant in the programme-optimal matching, or -1."""
        return self._held.seat[applicant][0]

    def _bar(self, applicant: int, programme: int) -> tuple[int, int] | None:
        kinds = [kind for kind in self._asking.kinds[programme] if self._asking.is_for(applicant, kind)]
        if any(self._asking.has_room(programme, kind) for kind in kinds):
            return None
        standings = self._held.standings
        return min(((standings[kind][0], kind) for kind in kinds if standings[kind]), default=NOWHERE)
