"""Who holds which seat, and who has been asked: a state of which every change is logged and can be taken back."""

from bisect import bisect_left, insort

from app.allocation.explanation.orders import orders
from app.allocation.market import Market

NO_SEAT = (-1, -1, -1)


class Held:
    """The seats of a market, at first all free. Kinds of seats are the limited ones, then one of each programme's
    others.

    `asked`: of each programme whom it may ask. `standings`: of each kind its holders', ascending. `next`: of each kind
    from where on in its programme's order nobody was asked for it. `free`: of each programme. `place`: of each
    applicant, in its list, smaller before; `seat`: its programme, kind of seat and standing there.
    """

    def __init__(self, market: Market) -> None:
        columns = market.columns
        kinds = len(columns.seats) + len(columns.capacity)
        self.asked = list(orders(market))
        self.standings: list[list[int]] = [[] for _ in range(kinds)]
        self.next = [0] * kinds
        self.free = list(columns.capacity)
        self.place = [len(columns.listed) + len(columns.programme)] * len(columns.kind)
        self.seat = [NO_SEAT] * len(columns.kind)
        self._log: list[tuple[int, ...]] = []

    def ask(self, programme: int, at: int) -> None:
        """The programme asks the one at this place of its order, once."""
        self.asked[programme].done[at] = 1
        self._log.append((0, programme, at))

    def ask_on(self, kind: int, at: int) -> None:
        """All before this place have been asked for such a seat."""
        if at != self.next[kind]:
            self._log.append((1, kind, self.next[kind]))
            self.next[kind] = at

    def take(self, applicant: int, place: int, seat: tuple[int, int, int]) -> None:
        """The applicant, who holds none, takes a seat that stands at this place in its list."""
        programme, kind, standing = seat
        self._move(applicant, place, seat)
        insort(self.standings[kind], standing)
        self.free[programme] -= 1
        self._log.append((2, kind, standing, programme))

    def leave(self, applicant: int) -> None:
        """The seat is free again; the applicant is to take another or to withdraw."""
        programme, kind, standing = self.seat[applicant]
        del self.standings[kind][bisect_left(self.standings[kind], standing)]
        self._log.append((3, kind, standing, programme))
        self.free[programme] += 1

    def withdraw(self, applicant: int) -> None:
        """The applicant, who holds no seat any more, refuses whoever may ask."""
        self._move(applicant, -1, NO_SEAT)

    def settle(self) -> None:
        """What was done so far is not to be taken back."""
        self._log.clear()

    def take_back(self) -> None:
        """Undo all since the last `settle` or `take_back`."""
        for what, which, value, *more in reversed(self._log):
            if what == 0:
                self.asked[which].done[value] = 0
            elif what == 1:
                self.next[which] = value
            elif what == 2:
                self.standings[which].remove(value)
                self.free[more[0]] += 1
            elif what == 3:
                insort(self.standings[which], value)
                self.free[more[0]] -= 1
            else:
                self.place[which], self.seat[which] = value, (more[0], more[1], more[2])
        self._log.clear()

    def _move(self, applicant: int, place: int, seat: tuple[int, int, int]) -> None:
        self._log.append((4, applicant, self.place[applicant], *self.seat[applicant]))
        self.place[applicant], self.seat[applicant] = place, seat
