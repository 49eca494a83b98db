"""Priority: how applicants are ranked at a programme, as tuples of integers that compare.

A standing has one integer for each entry of the order and a last one for the applicant's place among all applicants
as bytes, the last resort. Whatever is preferred smaller is negated, so that of two standings at a programme the
larger one has priority, and the smallest of those who hold seats is the last holder.
"""

from collections.abc import Callable
from operator import mul

from app.allocation.bundle import Bundle
from app.allocation.lottery import seed_of, ticket_of
from app.allocation.manifest import TICKET
from app.allocation.tables import Applicant, Keys

Standing = tuple[int, ...]


def standings(bundle: Bundle) -> Callable[[int, str, Keys], Standing]:
    """The function (index of an applicant, programme, keys there) → standing; indexes are those of the table.

    The bundle must be drawn where its order has a ticket.
    """
    order = bundle.header.order
    signs = (*(1 if entry.endswith(">") else -1 for entry in order), -1)
    if TICKET not in order:
        return lambda index, programme, keys: tuple(map(mul, signs, (*keys, index)))
    at = order.index(TICKET)
    ticket = _tickets(bundle)

    def standing(index: int, programme: str, keys: Keys) -> Standing:
        return tuple(map(mul, signs, (*keys[:at], ticket(index, programme), *keys[at:], index)))

    return standing


def index_of(standing: Standing) -> int:
    """The index of the applicant whose standing this is."""
    return -standing[-1]


def keys_and_ticket(order: tuple[str, ...], standing: Standing) -> tuple[Keys, str]:
    """The keys, in order, and the ticket (hex, "" where the order has none) from which a standing was made."""
    keys, ticket = [], ""
    for entry, value in zip(order, standing, strict=False):
        if entry == TICKET:
            ticket = format(-value, "064x")
        else:
            keys.append(value if entry.endswith(">") else -value)
    return tuple(keys), ticket


def _tickets(bundle: Bundle) -> Callable[[int, str], int]:
    if bundle.draw is None:
        raise ValueError("the bundle is not drawn: enter the draw before ranking by ticket")
    seed, round_name, applicants = seed_of(bundle.draw), bundle.header.round, bundle.tables.applicants
    if bundle.header.ticket == "per-applicant":
        tickets = [_number(ticket_of(seed, round_name, _unit(row))) for row in applicants]
        return lambda index, programme: tickets[index]
    units = [_unit(row) for row in applicants]
    return lambda index, programme: _number(ticket_of(seed, round_name, units[index], programme))


def _unit(row: Applicant) -> str:
    return row.lottery_unit or row.applicant


def _number(ticket: bytes) -> int:
    # Big-endian integers compare as the bytes do, all tickets being 32 bytes long.
    return int.from_bytes(ticket, "big")
