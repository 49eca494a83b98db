import pytest

from app.vault import Vault
from tests.applications.office import Office
from tests.county import County


@pytest.fixture
def office(county: County, vault: Vault) -> Office:
    return Office(county, vault)
