"""What a simulation of a round is reckoned from: its frozen bundle, and where schools lie."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.bureau import queries
from app.bureau.models import Simulation
from app.bureau.simulation_replicates import Inputs
from app.rounds import queries as rounds
from app.rounds import store
from app.rounds.fallback import community_of
from app.schools.queries import geography

BANDS = (1_000, 3_000, 5_000, 10_000)


async def inputs_of(session: AsyncSession, row: Simulation) -> Inputs:
    """Frozen files, and where schools lie on the round's date: towns of programmes, metres from where a fallback
    list's children live."""
    files = await store.files_of_bundle(session, row.bureau, row.bundle)
    round_row = await rounds.round_by_id(session, row.bureau, row.round)
    places = await geography(session, row.bureau, round_row.as_of)
    schools = {
        programme: school
        for programme, school in (await queries.programmes(session, row.bureau, row.round)).items()
        if school in places.schools
    }
    lists = {line.partition(b",")[0].decode() for line in files["fallbacks.csv"].splitlines()[1:]}
    homes = {name: community_of(name, places.communities) for name in sorted(lists)}
    near = {
        (name, programme): places.distance_m(community, school)
        for name, community in homes.items()
        for programme, school in schools.items()
    }
    limit = round_row.distance_limit_m
    return Inputs(
        name=str(row.id),
        files=files,
        scenario=row.scenario,
        seed=row.seed,
        towns={programme: places.schools[school].town for programme, school in schools.items()},
        near=near,
        bands=(*(end for end in BANDS if end < limit), limit),
    )
