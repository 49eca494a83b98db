"""What each programme of a round is to a family: a right, or a wish that it may list, or closed. Pure.

A right is the child's whether it is listed or not. The school of a catchment is a right without ranking; the schools
of a group are ranked inside the group; a new resident ranks the published schools of its town; where the family claims
a right, as at an elder child's school, it may list whatever is confirmed later; any other listing is a wish without
priority, where the programme is open to the family (design, decision 10).
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.schools.queries import Geography, ProgrammeSeats
from app.schools.vocabulary import OpenTo


class Standing(StrEnum):
    RIGHT = "right"
    GROUP = "group"
    CLAIMED = "claimed"
    TOWN = "town"
    WISH = "wish"
    CLOSED = "closed"


@dataclass(frozen=True)
class Household:
    """Where a child lives and is registered (None: not in the county, a new resident), and which primary school of the
    county it leaves, for grade 7. `sibling_school`, `right_place`: the elder child's school and the community of the
    station or the grandparents' registration, where the family claims a right by them."""

    residence: str
    registration: str | None = None
    primary: str | None = None
    sibling_school: str | None = None
    right_place: str | None = None

    @property
    def communities(self) -> tuple[str, ...]:
        named = (self.residence, self.registration, self.right_place)
        return tuple(name for name in named if name is not None)


@dataclass(frozen=True)
class Choice:
    """`open_to` says why a programme is closed."""

    programme: str
    school: str
    standing: Standing
    open_to: OpenTo


WORDS = {
    Standing.RIGHT: (
        "学区（对口）学校，无需排序，不填也享有",
        "the school of your own right: no ranking, listed or not",
    ),
    Standing.GROUP: ("所属多校划片内的学校，可在组内排序", "a school of your own group: rank them among each other"),
    Standing.CLAIMED: (
        "您申请的随兄（姐）或驻地、（外）祖父母户籍地学校，经核实即享有，不填也享有",
        "the school of the right that you claim by an elder child, a station or the grandparents' registration: yours,"
        " listed or not, once it is confirmed",
    ),
    Standing.TOWN: ("新居民可排序的本镇学校", "a school of your town, which new residents rank"),
    Standing.WISH: ("可填报，但没有优先", "may be listed, without priority"),
    Standing.CLOSED: ("不可填报", "cannot be listed"),
}
# Why a programme is closed to whoever is not of them.
ONLY = {
    OpenTo.CATCHMENT: ("只接受本学区家庭填报", "open to its own catchment alone"),
    OpenTo.TOWN_NEW_RESIDENTS: (
        "只接受本学区家庭和本镇新居民填报",
        "open to its catchment and its town's new residents",
    ),
    OpenTo.SERVICE_AREA: ("只接受服务区内家庭填报", "open to its service area alone"),
}


def words(choice: Choice) -> tuple[str, str]:
    """What the programme is to the family, in Chinese and English."""
    zh, en = WORDS[choice.standing]
    if choice.standing is not Standing.CLOSED:
        return zh, en
    why_zh, why_en = ONLY[choice.open_to]
    return f"{zh}：{why_zh}", f"{en}: {why_en}"


def choices(
    household: Household,
    programmes: Iterable[ProgrammeSeats],
    geography: Geography,
    catchments: Mapping[str, tuple[str, ...]],
    feeders: Mapping[str, tuple[str, ...]],
) -> list[Choice]:
    """Each programme as it stands to the household, in the order given. `catchments`: community → schools; `feeders`:
    primary school → junior schools. Raises KeyError for a community that does not stand on the date of `geography`."""
    homes = (household.residence, household.registration or household.residence)
    groups = [catchments.get(community, ()) for community in homes]
    groups.append(feeders.get(household.primary or "", ()))
    claimed = {household.sibling_school, *catchments.get(household.right_place or "", ())}
    town = geography.communities[household.residence].town
    found = []
    for row in programmes:
        open_to = OpenTo(row.open_to)
        place = geography.schools.get(row.school)
        of_town = household.registration is None and place is not None and place.town == town
        found.append(Choice(row.id, row.school, _standing(row.school, groups, claimed, open_to, of_town), open_to))
    return found


def _standing(
    school: str, groups: list[tuple[str, ...]], claimed: Container[str | None], open_to: OpenTo, of_town: bool
) -> Standing:
    own = [group for group in groups if school in group]
    if own:
        return Standing.RIGHT if any(len(group) == 1 for group in own) else Standing.GROUP
    if school in claimed:
        return Standing.CLAIMED
    if of_town and open_to in (OpenTo.TOWN_NEW_RESIDENTS, OpenTo.ANYONE):
        return Standing.TOWN
    return Standing.WISH if open_to is OpenTo.ANYONE else Standing.CLOSED
