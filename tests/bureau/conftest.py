from tests.offers.conftest import approved as approved
from tests.offers.conftest import final as final
from tests.offers.conftest import passes as passes
from tests.rounds.conftest import cache as cache
from tests.rounds.conftest import life as life
from tests.rounds.conftest import processes as processes
