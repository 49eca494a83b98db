"""Whom each programme of a market may ask, in its order."""

from __future__ import annotations  # an array's type takes no parameter when it is run

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.allocation.market import Columns, Market


class Asked(NamedTuple):
    """Whom a programme may ask, the first in its order first: their standings, and its place in each one's list."""

    standing: Sequence[int]
    place: array[int]
    done: bytearray


def orders(market: Market) -> Iterator[Asked]:
    """Of each programme, in the order of the tables, those who list it, by choice or by fallback."""
    columns, tickets = market.columns, market.tickets
    asked: list[list[tuple[int, int]]] = [[] for _ in columns.capacity]
    for applicant in range(len(columns.kind)):
        first, last = columns.first[applicant], columns.first[applicant + 1]
        for at in range(first, last):
            programme = columns.programme[at]
            ticket = tickets(applicant, programme) if tickets else 0
            asked[programme].append((columns.standing[at] + ticket, at - first))
        own = frozenset(columns.programme[first:last])
        for place, programme in enumerate(_fallback(columns, applicant), last - first):
            if programme not in own:
                ticket = tickets(applicant, programme) if tickets else 0
                asked[programme].append((columns.elsewhere[applicant] + ticket, place))
    for rows in asked:
        rows.sort(reverse=True)
        yield Asked([standing for standing, _ in rows], array("i", [at for _, at in rows]), bytearray(len(rows)))


def _fallback(columns: Columns, applicant: int) -> Sequence[int]:
    fallback = columns.fallback[applicant]
    return columns.listed[columns.list_first[fallback] : columns.list_first[fallback + 1]] if fallback >= 0 else ()
