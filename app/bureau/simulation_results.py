"""What a simulation found, as a document and as a table. Numbers leave exact fractions here and nowhere before."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from app.allocation.simulation.estimates import Estimate, estimates
from app.allocation.simulation.tally import Tally

FORMAT = "allocation-simulation/1"
PLACES = 4
WORDS = {
    "placed": ("已安排", "placed"),
    "first": ("第一志愿", "first choice"),
    "filled": ("学校录取", "taken at"),
    "cutoff": ("末位等次", "level of the last at"),
    "town": ("乡镇录取", "taken in town"),
    "group_placed": ("群体已安排", "placed, of group"),
    "group_first": ("群体第一志愿", "first choice, of group"),
    "band": ("距离（米）", "metres away"),
    "metres": ("路程合计（米）", "metres in all"),
}


def document(tally: Tally, root: str, seed: int, scenario: str) -> dict[str, Any]:
    """Measure by measure: bundle, scenario and difference, each with mean, its 95% interval and what one draw brings.

    Decimals are text of four places, the ends of an interval rounded outwards.
    """
    sides = {
        "base": estimates(tally.base),
        "scenario": estimates(tally.other),
        "difference": estimates(tally.difference),
    }
    measures = sorted({*sides["base"], *sides["scenario"]})
    return {
        "format": FORMAT,
        "root": root,
        "seed": seed,
        "draws": tally.draws,
        "scenario": json.loads(scenario) if scenario else None,
        "measures": [
            {"measure": what, "of": of}
            | {side: _figures(found[what, of]) for side, found in sides.items() if (what, of) in found}
            for what, of in measures
        ],
    }


def chances_csv(
    counts: Counter[tuple[int, int]], applicants: Sequence[str], programmes: Sequence[str], draws: int
) -> bytes:
    """applicant, programme, in how many of how many draws it was placed there; only what happened at all."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["applicant", "programme", "times", "draws"])
    for (applicant, programme), times in sorted(counts.items()):
        rows.writerow([applicants[applicant], programmes[programme], times, draws])
    return written.getvalue().encode("ascii")


def rows_of(found: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """For reading: what, of which, mean before, mean after, difference with its interval, least to most."""
    for entry in found["measures"]:
        base, scenario, difference = (entry.get(side) for side in ("base", "scenario", "difference"))
        interval = f"{difference['low']} … {difference['high']}" if difference and difference["low"] else ""
        shown = difference or base or scenario
        yield (
            " ".join(WORDS[entry["measure"]]),
            entry["of"],
            base["mean"] if base else "",
            scenario["mean"] if scenario else "",
            difference["mean"] if difference else "",
            interval,
            f"{shown['least']} … {shown['most']}",
        )


def _figures(found: Estimate) -> dict[str, Any]:
    return {
        "draws": found.draws,
        "mean": decimal(found.mean, 0),
        "low": None if found.low is None else decimal(found.low, -1),
        "high": None if found.high is None else decimal(found.high, 1),
        "least": found.least,
        "most": found.most,
    }


def decimal(value: Fraction, direction: int) -> str:
    """Four places: rounded down (-1), up (1) or to the nearest, half to even (0)."""
    scaled = value * 10**PLACES
    whole = scaled.__floor__() if direction < 0 else scaled.__ceil__() if direction > 0 else round(scaled)
    sign, whole = "-" if whole < 0 else "", abs(whole)
    return f"{sign}{whole // 10**PLACES}.{whole % 10**PLACES:0{PLACES}d}"
