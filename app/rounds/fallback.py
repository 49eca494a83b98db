"""The list from which a child of compulsory age is placed when its wishes and rights are taken. Pure.

All public schools of the round, whatever their distance, in four parts, each from near to far and then by id: the
schools that the child's primary school feeds; those whose catchment holds the community; the schools of a consortium
with one of these; all others. A radius or the nearest few would leave children without a place (design, decision 11).
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from app.allocation.tables import Fallback
from app.schools.queries import Geography, ProgrammeSeats

PUBLIC = "public"


class Incomplete(ValueError):
    """The rows cannot make a bundle: something that they speak of is not among them."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"{what} {name} is missing")
        self.what, self.name = what, name


Group = tuple[str, tuple[str, ...]]  # a community, and the schools that a primary school feeds


def names_of(groups: Iterable[Group], communities: Container[str]) -> dict[Group, str]:
    """The name of each group's list: the community's id, with a number after a colon where a primary school feeds any.

    `community_of` finds the community again; a name is never that of another of `communities`.
    """
    names: dict[Group, str] = {}
    taken: set[str] = set()
    for community, feeders in sorted(set(groups)):
        name, number = community, 0
        while feeders and (not number or name in taken or name in communities):
            number += 1
            name = f"{community}:{number}"
        taken.add(name)
        names[community, feeders] = name
    return names


def community_of(name: str, communities: Container[str]) -> str:
    """The community of a list that `names_of` has named."""
    return name if name in communities else name.rpartition(":")[0] or name


def fallback_of(
    group: Group,
    name: str,
    programmes: Sequence[ProgrammeSeats],
    geography: Geography,
    catchments: Mapping[str, tuple[str, ...]],
) -> Iterator[Fallback]:
    """The fallback list of a community's children whose primary school feeds these schools; raises Incomplete."""
    community, feeders = group
    places, schools = geography.communities, geography.schools
    if community not in places:
        raise Incomplete("community", community)
    for row in programmes:
        if row.school not in schools:
            raise Incomplete("school", row.school)
    own = (*catchments.get(community, ()), *feeders)
    consortia = {schools[school].consortium for school in own if school in schools} - {""}

    def nearness(row: ProgrammeSeats) -> tuple[int, int, str]:
        part = 3
        if row.school in feeders:
            part = 0
        elif row.school in own:
            part = 1
        elif schools[row.school].consortium in consortia:
            part = 2
        return part, geography.distance_m(community, row.school), row.id

    public = [row for row in programmes if schools[row.school].ownership == PUBLIC]
    if not public:
        raise Incomplete("programme", PUBLIC)
    return (Fallback(name, rank, row.id) for rank, row in enumerate(sorted(public, key=nearness), 1))
