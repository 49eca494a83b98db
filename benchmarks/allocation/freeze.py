"""Freeze a market into a folder, or enter its draw.

python -m benchmarks.allocation.freeze write FOLDER CHILDREN [fallbacks]: a JSON object, the seconds of writing alone.
python -m benchmarks.allocation.freeze draw FOLDER.
"""

import gc
import json
import sys
from pathlib import Path
from time import process_time

from app.allocation.bundle import enter_draw, write_bundle
from app.clock import perf_counter
from benchmarks.allocation.market import DRAW, HEADER, tables


def write(folder: Path, children: int, *, fallbacks: bool) -> tuple[float, float]:
    """Seconds from tables to files, on the clock and of the processor."""
    held = tables(children, fallbacks=fallbacks)
    started, used = perf_counter(), process_time()
    write_bundle(folder, HEADER, held)
    return perf_counter() - started, process_time() - used


if __name__ == "__main__":
    gc.disable()  # as the command does
    step, where, *rest = sys.argv[1:]
    if step == "draw":
        enter_draw(Path(where), DRAW)
    else:
        print(json.dumps({"seconds": write(Path(where), int(rest[0]), fallbacks="fallbacks" in rest)}))
