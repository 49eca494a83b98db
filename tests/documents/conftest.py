import pytest

from app.settings import Settings
from app.vault import Vault
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import County
from tests.documents.papers import Papers


@pytest.fixture
async def papers(county: County, vault: Vault, api: Api, settings: Settings) -> Papers:
    """A family that has applied."""
    papers = Papers(Office(county, vault), api, settings)
    await papers.apply()
    return papers
