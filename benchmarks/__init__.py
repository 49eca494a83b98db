"""Measurements as ratios within one run (seconds on a shared machine prove nothing). `./run bench NAME`."""

from __future__ import annotations  # what runs below this package as a process must start without the settings

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.settings import Settings

HERE = Path(__file__).parent


async def run(name: str, settings: Settings, children: Sequence[int] = ()) -> None:
    """Measure, print the table, and keep it as benchmarks/NAME.md; SystemExit names the measurements that exist.

    `children`: sizes of the allocation's markets, or numbers of decisions, instead of the usual; nothing is kept then.
    """
    if name not in NAMED:
        raise SystemExit(f"no measurement {name}: there are {', '.join(sorted(NAMED))}")
    table = await NAMED[name](settings, children)
    print(table)
    if not children:
        (HERE / f"{name}.md").write_text(table, encoding="utf-8")


async def _allocation(_settings: Settings, children: Sequence[int]) -> str:
    from benchmarks.allocation.measure import SIZES, measure

    return measure(children or SIZES)


async def _eligibility(_settings: Settings, children: Sequence[int]) -> str:
    from benchmarks import eligibility

    return "\n".join(eligibility.measure(number) for number in children or (eligibility.CHILDREN,))


async def _submission(settings: Settings, _children: Sequence[int]) -> str:
    from benchmarks import submission

    return await submission.measure(settings)


async def _registers(settings: Settings, _children: Sequence[int]) -> str:
    from benchmarks import registers

    return await registers.measure(settings)


NAMED: Mapping[str, Callable[[Settings, Sequence[int]], Awaitable[str]]] = {
    "allocation": _allocation,
    "eligibility": _eligibility,
    "registers": _registers,
    "submission": _submission,
}
