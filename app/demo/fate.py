"""Chance that can be replayed: every number follows from the seed and a label, in any order, on any machine."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Fate:
    """`bytes_for` is SHA-256 over seed and label; everything else is made of it."""

    seed: int

    def bytes_for(self, *label: object) -> bytes:
        text = "/".join(str(part) for part in (self.seed, *label))
        return hashlib.sha256(f"tongjiao-demonstration/{text}".encode()).digest()

    def below(self, limit: int, *label: object) -> int:
        """A whole number from 0 to limit − 1."""
        return int.from_bytes(self.bytes_for(*label), "big") % limit

    def chance(self, per_mille: int, *label: object) -> bool:
        """True in so many of a thousand cases."""
        return self.below(1000, *label) < per_mille

    def between(self, low: int, high: int, *label: object) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1, *label)

    def one_of(self, items: Sequence[T], *label: object) -> T:
        return items[self.below(len(items), *label)]

    def weighted(self, items: Sequence[tuple[T, int]], *label: object) -> T:
        """One item, each as often as its weight says."""
        point = self.below(sum(weight for _, weight in items), *label)
        for item, weight in items:
            if point < weight:
                return item
            point -= weight
        raise AssertionError("weights are positive")

    def day(self, first: date, last: date, *label: object) -> date:
        return first + timedelta(days=self.below((last - first).days + 1, *label))
