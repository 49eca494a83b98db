"""Every tiny instance against brute force: `python -m tests.allocation.properties.exhaustive [SAMPLES]`.

All instances of three applicants and three programmes with 0 to 2 seats each and all of four and two with 0 to 4, up
to relabelling; and SAMPLES (1,000,000 unless said) of four and three.
"""

import sys
from collections.abc import Iterable
from itertools import islice
from time import perf_counter

from tests.allocation.properties.assignments import violation
from tests.allocation.properties.tiny import Tiny, all_up_to_relabelling, outcome, sampled

SEED = 20260724
EVERY = 100_000


def count_checked(instances: Iterable[Tiny], progress: bool = False) -> int:
    """How many instances these are; raises AssertionError with the first whose result is not what brute force says."""
    number = 0
    for number, instance in enumerate(instances, 1):
        result = outcome(instance)
        wrong = violation(instance, result)
        assert not wrong, f"{instance}: {result}: {wrong}"
        if progress and number % EVERY == 0:
            print(f"  {number:,}", file=sys.stderr, flush=True)
    return number


def main(samples: int) -> None:
    sizes = {
        "3 x 3, 0 to 2 seats, all": all_up_to_relabelling(3, 3, 2),
        "4 x 2, 0 to 4 seats, all": all_up_to_relabelling(4, 2, 4),
        f"4 x 3, 0 to 2 seats, sampled with seed {SEED}": islice(sampled(4, 3, 2, SEED), samples),
    }
    for name, instances in sizes.items():
        start = perf_counter()
        number = count_checked(instances, progress=True)
        print(f"{name}: {number:,} instances agree, {perf_counter() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
