import pytest

from app.accounts.models import OrganisationKind
from app.actor import Actor
from app.vault import Vault
from tests.applications.office import Office
from tests.county import County


@pytest.fixture
def office(county: County, vault: Vault) -> Office:
    return Office(county, vault)


@pytest.fixture
async def town(office: Office) -> Actor:
    """A clerk of the town in which c1 and c2 lie."""
    await office.county.world.found("t1", OrganisationKind.TOWN.value)
    return await office.county.world.hire("clerk-t1", "t1", "town")
