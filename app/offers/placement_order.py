"""Where a child who came within the year looks for a place, and who gets a vacancy that several want. Pure.

A child is asked for at the schools where it has a right, first at those for which its family has asked by an elder
child or a place of right; then at those it wished for, then at those of a consortium with one of these or of its town,
then at all other public schools and purchased places, each part from near to far. A pupil that moves keeps its school
until it has another, and is asked for at none that is neither its right, nor wished for, nor nearer. A vacancy that
several want goes by the keys of the ruleset, then to who has no place at all, then to whom the bound falls due first,
then by the children's secret references: deferred acceptance (Gale and Shapley 1962), so that nobody misses a place
that went to somebody who stands after it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from app.applications.queries import Applicant, Arrival
from app.schools.queries import Geography

PUBLIC = "public"
Standing = tuple[tuple[int, ...], bool, int, bytes]


class Part(IntEnum):
    """Why a school is asked, nearest right first."""

    RIGHT = 0
    WISH = 1
    CONSORTIUM = 2
    COORDINATED = 3


@dataclass(frozen=True)
class Vacancy:
    """A programme of the round with the vacancies that its classes have now; `purchased`: the bureau pays for it, at a
    private school."""

    programme: str
    school: str
    grade: int
    vacancies: int
    purchased: bool = False


@dataclass(frozen=True)
class Asked:
    """A programme in a child's order; `standing`: how the child stands there, the smaller the earlier."""

    vacancy: Vacancy
    part: Part
    distance_m: int
    standing: Standing


def order_of(
    child: Arrival,
    programmes: Collection[Vacancy],
    geography: Geography,
    own: Collection[str],
    order: Sequence[str],
    declined: Collection[str],
    kept: str | None = None,
) -> list[Asked]:
    """A child's order over the programmes of its grade. `own`: the schools of its catchment and of its rights.

    `order`: the ruleset's. `declined`: programmes whose place its family has given up. `kept`: the school that it
    attends. Raises KeyError for a key that its decision lacks.
    """
    applicant, places = child.applicant, geography.schools
    consortia = {places[school].consortium for school in own if school in places} - {""}
    town = geography.communities[applicant.residence_community].town
    wishes = {programme: rank for rank, programme in enumerate(applicant.preferences)}
    found = []
    for row in programmes:
        if row.grade != child.grade or row.programme in declined or row.school not in places or row.school == kept:
            continue
        place = places[row.school]
        open_to_all = place.ownership == PUBLIC or row.purchased
        if row.school in own:
            part = Part.RIGHT
        elif row.programme in wishes:
            part = Part.WISH
        elif not open_to_all or not _nearer(geography, applicant.residence_community, row.school, kept):
            continue
        else:
            near = place.consortium in consortia or place.town == town
            part = Part.CONSORTIUM if near else Part.COORDINATED
        metres = geography.distance_m(applicant.residence_community, row.school)
        found.append(Asked(row, part, metres, standing_at(child, row.school, order)))
    return sorted(found, key=lambda asked: _place_in_order(asked, wishes, applicant))


def _nearer(geography: Geography, home: str, school: str, kept: str | None) -> bool:
    """Whether the school is nearer than the one attended, if there is one that still stands."""
    return (
        kept is None
        or kept not in geography.schools
        or geography.distance_m(home, school) < geography.distance_m(home, kept)
    )


def _place_in_order(asked: Asked, wishes: Mapping[str, int], child: Applicant) -> tuple[int, int, int, str]:
    rank = wishes[asked.vacancy.programme] if asked.part is Part.WISH else 0
    if asked.part is Part.RIGHT:
        rank = child.before_home(asked.vacancy.school)
    return asked.part, rank, asked.distance_m, asked.vacancy.programme


def standing_at(child: Arrival, school: str, order: Sequence[str]) -> Standing:
    """The child's keys at the school, each so that the smaller stands before; whether it keeps a place meanwhile; its
    bound; its reference."""
    applicant = child.applicant
    keys = applicant.rights.get(school, applicant.keys_elsewhere)
    values = tuple(-keys[name[:-1]] if name.endswith(">") else keys[name[:-1]] for name in order if name[-1] in "<>")
    return values, child.moves_from is not None, int(child.place_by.timestamp()), applicant.reference


def assign(orders: Mapping[UUID, Sequence[Asked]]) -> dict[UUID, int]:
    """Application → the index in its order of the programme that it gets; who finds no vacancy is absent.

    Whoever is turned away once asks further on, so the order of asking changes nothing.
    """
    held: dict[str, list[tuple[Standing, UUID]]] = {}
    at: dict[UUID, int] = dict.fromkeys(orders, 0)
    asking = sorted(orders)
    while asking:
        application = asking.pop()
        if at[application] >= len(orders[application]):
            continue
        asked = orders[application][at[application]]
        taken = held.setdefault(asked.vacancy.programme, [])
        taken.append((asked.standing, application))
        if len(taken) > asked.vacancy.vacancies:
            last = max(taken)
            taken.remove(last)
            at[last[1]] += 1
            asking.append(last[1])
    return {application: at[application] for taken in held.values() for _, application in taken}
