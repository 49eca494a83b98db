"""Why an applicant got its place and none that it preferred: its own rows against cutoffs.csv, and nothing else.

Whoever is refused at a programme stands behind the last holder of every kind of seat for which it is considered: the
open ones, and the reserve of each of its groups. So the first entry of the order in which the two differ is the
reason, and a family can find it with its own rows and a public file.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from app.allocation.choices import Choice
from app.allocation.cutoffs import Cutoff
from app.allocation.explanation.comparison import compared
from app.allocation.explanation.explanation import Explanation, Listed, refuse_contradiction
from app.allocation.market import OPEN
from app.allocation.ranking import Ranking
from app.allocation.result import Placement
from app.allocation.tables import Applicant

# The fallback is a county's whole list, near to far, at which a child stands with the same keys throughout: beyond
# the nearest few each line would repeat the last, and bury the wishes. Those are counted, never left out in silence.
NEAREST = 3


def by_programme(cutoffs: Sequence[Cutoff]) -> dict[str, tuple[Cutoff, ...]]:
    """The rows of cutoffs.csv, in its order, by programme."""
    return {programme: tuple(rows) for programme, rows in groupby(cutoffs, attrgetter("programme"))}


def explain(
    ranking: Ranking,
    cutoffs: Mapping[str, Sequence[Cutoff]],
    applicant: Applicant,
    choices: Sequence[Choice],
    fallback: Sequence[str],
    placement: Placement,
) -> Explanation:
    """The explanation of one placement; `choices`: the applicant's own, by rank, `fallback`: its list's programmes.

    Raises ValueError where rows, cut-offs and placement cannot belong together.
    """
    listed = {choice.programme: choice.keys for choice in choices}
    own = len(listed)
    for programme in fallback if applicant.fallback else ():
        listed.setdefault(programme, applicant.keys)
    got = len(listed) if placement.rank is None else placement.rank - 1
    told = []
    for rank, (programme, keys) in enumerate(listed.items(), 1):
        if rank > got + 1:
            break
        standing = keys, ranking.ticket(applicant, programme)
        rows = [row for row in cutoffs[programme] if _is_considered(applicant, row.seat)]
        found = tuple(compared(ranking, standing, row, rank <= got) for row in rows)
        told.append(Listed(programme, rank, rank <= own, found))
    refused, place = told[:got], told[got] if placement.programme else None
    refuse_contradiction(refused, place, placement)
    return Explanation(
        applicant.applicant,
        tuple(refused[: max(own, min(own + NEAREST, got))]),
        max(0, got - own - NEAREST),
        place,
        placement.seat,
        tuple((listed.programme, one.seat, one.tie) for listed in refused for one in listed.comparisons if one.tie),
    )


def _is_considered(applicant: Applicant, seat: str) -> bool:
    return seat == OPEN or seat.removeprefix("reserve:") in applicant.groups
