"""The format's meaning, written as plainly and slowly as its sentences, apart from the code under test."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product

from app.allocation.bundle import Bundle
from app.allocation.tables import Applicant

Matching = Mapping[str, str | None]


def applicant_of(bundle: Bundle, name: str) -> Applicant:
    return next(row for row in bundle.tables.applicants if row.applicant == name)


def list_of(bundle: Bundle, name: str) -> dict[str, tuple[int, ...]]:
    """Programme → keys there, best first: choices by rank, then the fallback without what is listed."""
    row = applicant_of(bundle, name)
    own = sorted((c.rank, c.programme, c.keys) for c in bundle.tables.choices if c.applicant == name)
    listed = {programme: keys for _, programme, keys in own}
    for _, programme in sorted((f.rank, f.programme) for f in bundle.tables.fallbacks if f.fallback == row.fallback):
        listed.setdefault(programme, row.keys)
    return listed


def ticket_of(bundle: Bundle, name: str, programme: str) -> bytes:
    assert bundle.draw is not None
    seed = hashlib.sha256(b"\n".join([b"allocation-seed/1", bundle.draw.root.encode(), bundle.draw.value.encode()]))
    unit = applicant_of(bundle, name).lottery_unit or name
    parts = ["allocation-ticket/1", bundle.header.round, unit]
    if bundle.header.ticket == "per-programme":
        parts.append(programme)
    return hmac.new(seed.digest(), "\n".join(parts).encode(), hashlib.sha256).digest()


def priority_of(bundle: Bundle, name: str, programme: str) -> tuple[object, ...]:
    """Smaller goes first."""
    keys = iter(list_of(bundle, name)[programme])
    parts: list[object] = []
    for entry in bundle.header.order:
        if entry == "ticket":
            parts.append(ticket_of(bundle, name, programme))
        else:
            parts.append(next(keys) * (-1 if entry.endswith(">") else 1))
    return (*parts, name.encode())


def choice_of(bundle: Bundle, programme: str, askers: Iterable[str]) -> dict[str, str]:
    """Whom a programme chooses among those who ask, and the name of each one's seat."""
    queue = sorted(askers, key=lambda name: priority_of(bundle, name, programme))
    capacity = next(row.capacity for row in bundle.tables.programmes if row.programme == programme)
    reserves = sorted((r.precedence, r.group, r.seats) for r in bundle.tables.reserves if r.programme == programme)
    chosen: dict[str, str] = {}
    if bundle.header.reserves == "open-first":
        for name in queue[: capacity - sum(seats for _, _, seats in reserves)]:
            chosen[name] = "open"
    for _, group, seats in reserves:
        members = [n for n in queue if n not in chosen and group in applicant_of(bundle, n).groups]
        for name in members[:seats]:
            chosen[name] = f"reserve:{group}"
    for name in [n for n in queue if n not in chosen][: capacity - len(chosen)]:
        chosen[name] = "open"
    return chosen


def is_stable(bundle: Bundle, matching: Matching) -> bool:
    """Every programme keeps all it holds, and would take nobody who prefers it to what he has."""
    for row in bundle.tables.programmes:
        holders = [name for name, programme in matching.items() if programme == row.programme]
        if len(choice_of(bundle, row.programme, holders)) != len(holders):
            return False
        for name in matching:
            if prefers(bundle, name, row.programme, matching[name]) and name in choice_of(
                bundle, row.programme, [*holders, name]
            ):
                return False
    return True


def prefers(bundle: Bundle, name: str, one: str | None, other: str | None) -> bool:
    """Whether an applicant likes one place better than the other; None is no place."""
    ranks: dict[str | None, int] = {programme: rank for rank, programme in enumerate(list_of(bundle, name))}
    return one in ranks and ranks[one] < ranks.get(other, len(ranks))


def stable_matchings(bundle: Bundle) -> Iterator[Matching]:
    """All stable matchings, out of all assignments to places that are listed."""
    names = [row.applicant for row in bundle.tables.applicants]
    for places in product(*([*list_of(bundle, name), None] for name in names)):
        matching = dict(zip(names, places, strict=True))
        if is_stable(bundle, matching):
            yield matching


def most_short(bundle: Bundle, due: list[str]) -> tuple[list[str], int, list[str], int] | None:
    """Of the subsets with the largest k = size − seats listed the smallest: it, k, its programmes, their seats."""
    capacities = dict(bundle.tables.programmes)
    found: list[tuple[int, int, list[str], list[str]]] = []
    for size in range(len(due) + 1):
        for subset in combinations(sorted(due), size):
            listed = sorted({programme for name in subset for programme in list_of(bundle, name)})
            found.append((size - sum(capacities[p] for p in listed), -size, list(subset), listed))
    most = max(found, key=lambda entry: entry[:2])
    assert [entry[:2] for entry in found].count(most[:2]) == 1 or most[0] == 0
    missing, _, subset_found, listed = most
    return None if missing == 0 else (subset_found, missing, listed, sum(capacities[p] for p in listed))
