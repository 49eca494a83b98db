"""The offer by exception, as it stands from the first."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications import queries as applications
from app.clock import uuid7
from app.offers.bands import band_of
from app.offers.exception_candidates import Candidate
from app.offers.lifecycle import OfferStatus
from app.offers.vocabulary import BY_EXCEPTION
from app.rounds.rows import RoundRow
from app.schools import queries as schools


async def offer_of(session: AsyncSession, row: RoundRow, found: Candidate) -> dict[str, Any]:
    """The offer by exception, which stands at once: its list has stood for objection already."""
    twin, earlier = found.twins.missed, found.offer
    geography = await schools.geography(session, row.bureau, row.as_of)
    catchments = await schools.catchment_schools(session, row.bureau, row.stage, row.as_of)
    school = found.headroom.school
    feeders = (await applications.feeders_of_round(session, row.bureau, row.id)).get(twin.application, ())
    band, metres = band_of(twin.residence_community, school, catchments, geography, row.distance_limit_m, feeders)
    answered = earlier is not None and earlier.status != OfferStatus.OPEN
    return {
        "bureau": row.bureau,
        "id": uuid7(),
        "guardians": list(twin.guardians),
        "schools": [school],
        "round": row.id,
        "application": twin.application,
        "child": twin.child,
        "run": found.twins.run,
        "replaces": earlier.id if earlier is not None else None,
        "programme": found.twins.programme,
        "school": school,
        "rank": found.twins.rank,
        "seat": BY_EXCEPTION,
        "band": band.value,
        "distance_m": metres,
        "status": OfferStatus.ACCEPTED.value if answered else OfferStatus.OPEN.value,
        "settled_in": row.pass_number if answered else None,
        "lapsed": False,
        "answered_at": earlier.answered_at if answered and earlier is not None else None,
    }
