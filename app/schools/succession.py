"""Codes that replace one another: 望海街道 330424005 stands since 2018-09-17 for what was 元通街道 330424003."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class TownDates:
    """A code's first and last day (none: still in force) and the code that replaced it."""

    valid_from: date
    valid_to: date | None
    succeeded_by: str | None = None

    def holds(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def standing_code(towns: Mapping[str, TownDates], code: str | None, on: date) -> str | None:
    """The code that stands on `on` for the town once coded `code`, or None; a circle of codes ends in None."""
    seen: set[str] = set()
    while code is not None and code in towns and code not in seen:
        if towns[code].holds(on):
            return code
        seen.add(code)
        code = towns[code].succeeded_by
    return None
