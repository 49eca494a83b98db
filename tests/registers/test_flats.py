"""The flat's lock by the service's own record: a place had by means of a flat is known when the flat comes back."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.vault import Vault
from tests.offers.arrivals import Arrivals
from tests.registers.hall import Hall

OFFER = """
    INSERT INTO offer (bureau, id, guardians, schools, round, application, child, run, programme, school, rank, seat,
                       band, distance_m, status, lapsed)
    SELECT bureau, gen_random_uuid(), guardians, ARRAY[]::text[], :round, id, child, NULL, 'wy2026-primary-g3-s1', 's1',
           1, 'within_year', 'catchment', 1, :status, false
    FROM application WHERE bureau = :bureau AND id = :application
"""


async def offered(hall: Hall, vault: Vault, application: UUID, status: str) -> None:
    """The child of this application was offered a place, and took it or not."""
    county, main = hall.office.county, hall.office.county.round
    arrivals = Arrivals(county, vault)
    await arrivals.open_round()
    await arrivals.report("s1", (3, 1, 45, 40))
    values = {"bureau": county.world.bureau, "application": application, "round": arrivals.round}
    county.round = main
    async with hall.office.database.transaction(hall.office.staff("allocation")) as session:
        await session.execute(text(OFFER), {**values, "status": status})


@pytest.mark.parametrize(("status", "found"), [("accepted", "contradicted"), ("superseded", "confirmed")])
async def test_a_place_had_by_means_of_the_flat_contradicts_who_does_not_say_so(
    hall: Hall, vault: Vault, status: str, found: str
) -> None:
    await hall.family(1)
    await hall.ask()
    await offered(hall, vault, hall.applications[1], status)
    mine = await hall.family(2)
    await hall.ask()
    assert (await hall.of(2))["home"] == found
    assert (await hall.office.checks(mine))["home"] == ("claimed" if found == "contradicted" else "confirmed")
