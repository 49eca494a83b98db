"""Who of one lottery unit has a place at a programme, and who would rather have had one."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import takewhile
from typing import NamedTuple

from app.allocation.bundle import Bundle
from app.allocation.preferences import Preferences
from app.allocation.ranking import Rank, Ranking, unit_of
from app.allocation.result import Placement
from app.allocation.tables import Applicant


class Missed(NamedTuple):
    """Somebody who would rather have had a programme, the `rank`th of its list; a smaller standing comes first."""

    row: Applicant
    rank: int
    standing: Rank


def together_at(bundle: Bundle, place: Mapping[str, Placement]) -> dict[tuple[str, str], list[Applicant]]:
    """Programme and unit → those of the unit who have a place there; units of one are left out."""
    units: dict[str, list[Applicant]] = defaultdict(list)
    for row in bundle.tables.applicants:
        units[unit_of(row)].append(row)
    together: dict[tuple[str, str], list[Applicant]] = defaultdict(list)
    for unit, rows in units.items():
        for row in rows if len(rows) > 1 else ():
            if place[row.applicant].programme:
                together[place[row.applicant].programme, unit].append(row)
    return together


def missed_by(
    bundle: Bundle, ranking: Ranking, lists: Preferences, place: Mapping[str, Placement], programmes: set[str]
) -> dict[str, list[Missed]]:
    """Programme → all who would rather have had it than what they have."""
    missed: dict[str, list[Missed]] = {programme: [] for programme in programmes}
    for row in bundle.tables.applicants if programmes else ():
        own = place[row.applicant].programme
        preferred = takewhile(lambda wish, own=own: wish[0] != own, lists.wishes(row))  # type: ignore[misc]
        for rank, (programme, keys) in enumerate(preferred, 1):
            if programme in missed:
                missed[programme].append(Missed(row, rank, ranking.rank(row, programme, keys)))
    return missed
