from collections.abc import AsyncIterator

import pytest

from app.settings import Settings
from app.vault import Vault
from tests.applications.office import Office
from tests.county import County
from tests.registers.hall import Hall


@pytest.fixture
def office(county: County, vault: Vault) -> Office:
    return Office(county, vault)


@pytest.fixture
async def hall(office: Office, settings: Settings) -> AsyncIterator[Hall]:
    """Families, officers, and the platform that their papers are looked up at."""
    async with Hall.opened(office, settings) as held:
        yield held
