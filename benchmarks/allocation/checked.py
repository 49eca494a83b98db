"""From a market's columns in memory to placements, and to their being checked for stability.

python -m benchmarks.allocation.checked CHILDREN: a JSON object of seconds.
"""

import gc
import json
import sys
from itertools import pairwise

from app.allocation.deferred_acceptance import match
from app.allocation.market import market_of
from app.allocation.stability import blocking
from app.clock import perf_counter
from benchmarks.allocation.market import drawn_bundle


def measure(children: int) -> dict[str, float]:
    """`market`, `match`, `check` and all three together, once; raises SystemExit where a pair blocks."""
    bundle = drawn_bundle(children)
    marks = [perf_counter()]
    market = market_of(bundle)
    marks.append(perf_counter())
    matching = match(market)
    marks.append(perf_counter())
    found = blocking(market.columns, matching)
    marks.append(perf_counter())
    if found is not None:
        raise SystemExit(f"the matching is not stable: {found.reason}")
    steps = zip(("market", "match", "check"), pairwise(marks), strict=True)
    return {name: end - start for name, (start, end) in steps} | {"all": marks[-1] - marks[0]}


if __name__ == "__main__":
    gc.disable()  # as the command does
    print(json.dumps(measure(int(sys.argv[1]))))
