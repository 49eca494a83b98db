"""The list from which a child is placed when its wishes and rights are taken: in compulsory stages always, in
preschool where the round says so. Pure.

All public schools of the round and the places that the bureau purchases of private ones (of preschool also the
inclusive private kindergartens, and the child's class of age alone), whatever their distance, in four parts, each from
near to far and then by id: the schools that the child's primary school feeds; those whose catchment holds the
community; the schools of a consortium with one of these; all others. A radius or the nearest few would leave children
without a place (design, decision 11).
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from app.allocation.tables import Fallback
from app.errors import ServiceError
from app.rounds.vocabulary import FallbackOver
from app.schools.queries import Geography, ProgrammeSeats, SchoolPlace
from app.schools.vocabulary import Payer, Stage, may_join, suits

PUBLIC = "public"
COMPULSORY = (Stage.PRIMARY, Stage.JUNIOR)
OPTIONAL = {Stage.PRESCHOOL: (FallbackOver.NONE, FallbackOver.INCLUSIVE)}


class Incomplete(ValueError):
    """The rows cannot make a bundle: something that they speak of is not among them."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"{what} {name} is missing")
        self.what, self.name = what, name


class Group(NamedTuple):
    """Children with one list: of a community, of a primary school that feeds these schools, of a class of age."""

    community: str
    feeders: tuple[str, ...] = ()
    age_class: str = ""


def fallback_of_stage(stage: str, asked: FallbackOver | None) -> FallbackOver:
    """The fallback of a round that is planned; raises `round.fallback_of_stage`."""
    allowed = (FallbackOver.PUBLIC,) if stage in COMPULSORY else OPTIONAL.get(Stage(stage), (FallbackOver.NONE,))
    if asked is not None and asked not in allowed:
        raise ServiceError("round.fallback_of_stage", "fallback")
    return asked or allowed[0]


def takes_part(school: SchoolPlace, over: FallbackOver) -> bool:
    """Whether the school stands on the lists of such a fallback."""
    if over is FallbackOver.INCLUSIVE:
        return may_join(school.ownership, school.inclusive)
    return over is FallbackOver.PUBLIC and school.ownership == PUBLIC


def groups_served(
    groups: Iterable[Group], programmes: Sequence[ProgrammeSeats], geography: Geography, over: FallbackOver
) -> set[Group]:
    """The groups that have a list. None is without in a compulsory stage; a kindergarten's class may be nowhere."""
    if over is not FallbackOver.INCLUSIVE:
        return set(groups) if over is FallbackOver.PUBLIC else set()
    schools = geography.schools
    offered = {row.age_class for row in programmes if row.school in schools and takes_part(schools[row.school], over)}
    return {group for group in groups if any(suits(one, group.age_class) for one in offered)}


def names_of(groups: Iterable[Group], communities: Container[str]) -> dict[Group, str]:
    """The name of each group's list: the community's id, with a number after a colon where a primary school feeds any
    and where there are classes of age.

    `community_of` finds the community again; a name is never that of another of `communities`.
    """
    names: dict[Group, str] = {}
    taken: set[str] = set()
    for group in sorted(set(groups)):
        name, number = group.community, 0
        while (group.feeders or group.age_class) and (not number or name in taken or name in communities):
            number += 1
            name = f"{group.community}:{number}"
        taken.add(name)
        names[group] = name
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
    over: FallbackOver = FallbackOver.PUBLIC,
) -> Iterator[Fallback]:
    """The fallback list of a group's children; raises Incomplete."""
    community, feeders, age_class = group
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

    purchased = Payer.BUREAU if over is FallbackOver.PUBLIC else None
    taking = [row for row in programmes if row.payer == purchased or takes_part(schools[row.school], over)]
    listed = [row for row in taking if suits(row.age_class, age_class)]
    if not listed:
        raise Incomplete("programme", PUBLIC)
    return (Fallback(name, rank, row.id) for rank, row in enumerate(sorted(listed, key=nearness), 1))
