"""How many children a class of the entry grade may hold, by stage and in kindergartens by age: class_limits.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


def class_limit(stage: str, age_class: str, class_size: int) -> int:
    """The most children of a class of the stage's entry grade; without a limit, the size that was planned."""
    limits = _limits().get(stage, {})
    limit: int = limits.get(age_class, limits).get("children", class_size)
    return limit


@cache
def _limits() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("class_limits.toml").read_text(encoding="utf-8"))
