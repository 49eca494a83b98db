"""The list from which a child of compulsory age is placed when its wishes and rights are taken. Pure.

All public schools of the round, whatever their distance, in three parts, each from near to far and then by id: the
schools whose catchment holds the community; the schools of a consortium with one of those; all others. A radius or
the nearest few would leave children without a place (design, decision 11).
"""

from collections.abc import Iterator, Mapping, Sequence

from app.allocation.tables import Fallback
from app.schools.queries import Geography, ProgrammeSeats

PUBLIC = "public"


class Incomplete(ValueError):
    """The rows cannot make a bundle: something that they speak of is not among them."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"{what} {name} is missing")
        self.what, self.name = what, name


def fallback_of(
    community: str,
    programmes: Sequence[ProgrammeSeats],
    geography: Geography,
    catchments: Mapping[str, tuple[str, ...]],
) -> Iterator[Fallback]:
    """The fallback list of a community, named by its id; raises Incomplete."""
    places, schools = geography.communities, geography.schools
    if community not in places:
        raise Incomplete("community", community)
    for row in programmes:
        if row.school not in schools:
            raise Incomplete("school", row.school)
    own = catchments.get(community, ())
    consortia = {schools[school].consortium for school in own if school in schools} - {""}

    def nearness(row: ProgrammeSeats) -> tuple[int, int, str]:
        part = 0 if row.school in own else 1 if schools[row.school].consortium in consortia else 2
        return part, geography.distance_m(community, row.school), row.id

    public = [row for row in programmes if schools[row.school].ownership == PUBLIC]
    if not public:
        raise Incomplete("programme", PUBLIC)
    return (Fallback(community, rank, row.id) for rank, row in enumerate(sorted(public, key=nearness), 1))
