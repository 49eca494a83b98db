"""How an applicant stands at a programme: entry by entry of the order, in values that a family can compare."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.allocation.choices import Keys
from app.allocation.lottery import seed_of, ticket_of
from app.allocation.manifest import TICKET, Draw, Header
from app.allocation.tables import Applicant

Rank = tuple[int | str, ...]


def unit_of(row: Applicant) -> str:
    """Who draws one ticket together."""
    return row.lottery_unit or row.applicant


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the order, `name` a key's or `ticket`: the applicant's own value and the last holder's."""

    name: str
    own: int | str
    last: int | str


@dataclass(frozen=True, slots=True)
class Ranking:
    """How the bundle ranks: its public header, and its draw where the order has a ticket."""

    header: Header
    draw: Draw | None

    def ticket(self, applicant: Applicant, programme: str) -> str:
        """The applicant's ticket at a programme, as cutoffs.csv writes it; "" without a draw."""
        if self.draw is None:
            return ""
        where = None if self.header.ticket == "per-applicant" else programme
        return ticket_of(seed_of(self.draw), self.header.round, unit_of(applicant), where).hex()

    def rank(self, applicant: Applicant, programme: str, keys: Keys) -> Rank:
        """All entries of the order and the identifier, each so that who has the smaller stands before."""
        values, rank = iter(keys), list[int | str]()
        for entry in self.header.order:
            if entry == TICKET:
                rank.append(self.ticket(applicant, programme))
            else:
                rank.append(next(values) * (-1 if entry.endswith(">") else 1))
        return (*rank, applicant.applicant)

    def entries(self, own: tuple[Keys, str], last: tuple[Keys, str]) -> Iterator[tuple[Entry, int]]:
        """Each entry of the order with which of the two stands before: -1 the last holder, 1 the applicant, 0 none."""
        keys = iter(zip(own[0], last[0], strict=True))
        for entry in self.header.order:
            if entry == TICKET:
                yield Entry(entry, own[1], last[1]), (last[1] > own[1]) - (last[1] < own[1])
            else:
                mine, theirs = next(keys)
                smaller_first = (theirs > mine) - (theirs < mine)
                yield Entry(entry[:-1], mine, theirs), -smaller_first if entry.endswith(">") else smaller_first
