"""Where a school has reported its classes, a place in redress is measured by them."""

import pytest

from app.errors import ServiceError
from app.offers import redress
from app.offers.vocabulary import Ground
from tests.offers.passes import Passes
from tests.offers.test_one_stock import concluded
from tests.offers.test_redress import WHY, Erred


async def test_a_place_in_redress_above_a_reported_class_is_recorded_as_such(passes: Passes) -> None:
    erred = Erred(**vars(passes))
    made = await concluded(erred, seats=40)
    wanted = erred.wanted("refused", Ground.REFUSED_IN_ERROR)
    assert (await erred.propose(wanted)).payload["headroom"] == 5
    await made.report("s1", (1, 1, 45, 42))  # and three more are to arrive
    with pytest.raises(ServiceError, match=r"exception\.no_headroom"):
        await erred.propose(wanted)
    act = await erred.propose(wanted, beyond_limit=True)
    assert (act.payload["headroom"], act.payload["excess"]) == (0, 1)
    await erred.sealed("approval", redress.give, act.id, act.digest, WHY)
    kept = await erred.sql("casework", "SELECT excess FROM offer_exception")
    assert kept.scalars().all() == [1]
