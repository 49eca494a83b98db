"""How near an offered place is (domain, section 5).

Beyond the distance limit is beyond it, whatever else holds: such a place is a debt of the bureau and never counts
within the 100%.
"""

from collections.abc import Mapping

from app.offers.vocabulary import Band
from app.schools.queries import Geography


def band_of(
    community: str,
    school: str,
    catchments: Mapping[str, tuple[str, ...]],
    geography: Geography,
    limit_m: int,
    feeders: tuple[str, ...] = (),
) -> tuple[Band, int]:
    """(band, metres) of a school for a child that lives in `community`; `catchments`: community → its schools.

    `feeders`, the schools that the child's primary school feeds, are its own as those of its catchment are.
    Raises KeyError for a place that did not stand on the date of `geography`.
    """
    distance = geography.distance_m(community, school)
    if distance > limit_m:
        return Band.BEYOND_LIMIT, distance
    own = (*catchments.get(community, ()), *feeders)
    if school in own:
        return Band.CATCHMENT, distance
    place = geography.schools[school]
    consortia = {geography.schools[name].consortium for name in own} - {""}
    if place.consortium in consortia or place.town == geography.communities[community].town:
        return Band.CONSORTIUM, distance
    return Band.WITHIN_LIMIT, distance
