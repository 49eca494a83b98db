"""A circuit breaker: after failures in a row nothing is tried for a while, then one attempt, and all again if it is
good."""

from collections.abc import Callable

from app.clock import perf_counter

FAILURES = 5
SECONDS = 20.0


class Breaker:
    """`failures` in a row open it for `seconds`. Whoever was let through says with `note` how it went."""

    def __init__(
        self, failures: int = FAILURES, seconds: float = SECONDS, clock: Callable[[], float] = perf_counter
    ) -> None:
        self._limit, self._seconds, self._clock = failures, seconds, clock
        self._failed = 0
        self._closed_again = 0.0
        self._trying = False

    def lets_through(self) -> bool:
        """Whether to try now; while it is open, one at a time once its pause is over."""
        if self._failed < self._limit:
            return True
        if self._trying or self._clock() < self._closed_again:
            return False
        self._trying = True
        return True

    def note(self, good: bool) -> None:
        """How an attempt went."""
        self._trying = False
        self._failed = 0 if good else self._failed + 1
        if self._failed >= self._limit:
            self._closed_again = self._clock() + self._seconds
