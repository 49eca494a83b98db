import pytest

from tests.offers.passes import Passes
from tests.rounds.conftest import cache as cache
from tests.rounds.conftest import life as life
from tests.rounds.conftest import processes as processes
from tests.rounds.life import Life


@pytest.fixture
async def passes(life: Life) -> Passes:
    """Four families and three seats; nothing planned yet."""
    made = Passes(**vars(life))
    for name in ("parent-1", "parent-2", "parent-3", "parent-4"):
        made.parents[name] = await life.county.parent(name)
    return made


@pytest.fixture
async def approved(passes: Passes) -> Passes:
    """Three seats for four families, the result approved, nothing public."""
    return await passes.lead_to("approved")


@pytest.fixture
async def final(passes: Passes) -> Passes:
    """Families may answer."""
    return await passes.lead_to("final")
