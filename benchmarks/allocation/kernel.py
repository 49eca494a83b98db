"""The kernel, by itself and compiled, beside one stable sort of as many 64-bit integers as there are choices.

python -m benchmarks.allocation.kernel CHILDREN REPEATS: a JSON object of medians in seconds, and of what was counted.
What is compared is run in turns, so that a busy moment of the machine falls on all alike.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from app.allocation.deferred_acceptance import Proposing, match, propose
from app.allocation.market import Columns, market_of
from app.bureau.compiled import proposing
from app.clock import perf_counter
from benchmarks.allocation.fresh import medians_of
from benchmarks.allocation.market import drawn_bundle, proposals


def measure(children: int, repeats: int) -> dict[str, Any]:
    """Medians of one size: `plain`, with `reserves` and with `fallbacks`, each also `compiled`; and the sort."""
    bundle = drawn_bundle(children)
    market = market_of(bundle)
    columns = {"plain": market.columns} | {
        variant: market_of(drawn_bundle(children, **{variant: True})).columns for variant in ("reserves", "fallbacks")
    }
    held, going = propose(market.columns, None)
    said = {
        "children": children,
        "repeats": repeats,
        "schools": len(market.columns.capacity),
        "proposals": proposals(market.columns, going),
        "placed": sum(map(len, held)) / children,
    }
    del held, going
    steps, compiling = _compiled(columns)
    steps |= {variant: _proposing(some) for variant, some in columns.items()}
    steps |= {
        "sort": sorting(market.columns),
        "market": lambda: market_of(bundle),
        "match": lambda: match(market),
    }
    return said | {"compiling": compiling, "medians": medians_of(repeats, steps)}


def _proposing(columns: Columns, form: Proposing = propose) -> Callable[[], object]:
    return lambda: form(columns, None)


def _compiled(columns: dict[str, Columns]) -> tuple[dict[str, Callable[[], object]], float]:
    """The compiled kernel on each of these, which must give the same; and what compiling takes the first time."""
    fast, steps, compiling = proposing(), dict[str, Callable[[], object]](), 0.0
    if fast is None:
        raise SystemExit("numba is not installed")
    for variant, some in columns.items():
        started = perf_counter()
        given = fast(some, None)
        compiling = compiling or perf_counter() - started
        if given != propose(some, None):
            raise SystemExit(f"the compiled kernel gives something else: {variant}")
        steps[f"compiled {variant}"] = _proposing(some, fast)
    return steps, compiling


def sorting(columns: Columns) -> Callable[[], object]:
    """The sort that puts the applicants of every school in the order of priority."""
    programme, standing = (np.array(column, np.int64) for column in (columns.programme, columns.standing))
    pairs = programme << (columns.top.bit_length() - 1) | standing
    return lambda: np.sort(pairs, kind="stable")


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:]))))
