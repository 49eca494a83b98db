"""Measurements as ratios within one run (seconds on a shared machine prove nothing). `./run bench NAME`."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from app.settings import Settings
from benchmarks import allocation, submission

HERE = Path(__file__).parent
NAMED: Mapping[str, Callable[[Settings], Awaitable[str]]] = {
    "allocation": allocation.measure,
    "submission": submission.measure,
}


async def run(name: str, settings: Settings) -> None:
    """Measure, print the table, and keep it as benchmarks/NAME.md; SystemExit names the measurements that exist."""
    if name not in NAMED:
        raise SystemExit(f"no measurement {name}: there are {', '.join(sorted(NAMED))}")
    table = await NAMED[name](settings)
    print(table)
    (HERE / f"{name}.md").write_text(table, encoding="utf-8")
