"""Whole lists: an applicant's choices by rank, then its fallback without the programmes already listed.

A fallback is shared and walked in place: in a county every child carries one of all public schools.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from app.allocation.choices import Choice, Choices, Keys
from app.allocation.tables import Applicant, Tables


@dataclass(frozen=True, slots=True)
class Preferences:
    """`own`: all applicants' choices. `fallbacks`: fallback → its programmes by rank."""

    own: Choices
    fallbacks: Mapping[str, tuple[str, ...]]

    def choices(self, applicant: Applicant) -> tuple[Choice, ...]:
        """The applicant's own choices, by rank."""
        return self.own.of(applicant.applicant)

    def wishes(self, applicant: Applicant) -> Iterator[tuple[str, Keys]]:
        """The whole list in order: each programme once, with the keys with which the applicant stands there."""
        own = self.choices(applicant)
        for choice in own:
            yield choice.programme, choice.keys
        if applicant.fallback:
            listed = {choice.programme for choice in own}
            for programme in self.fallbacks[applicant.fallback]:
                if programme not in listed:
                    yield programme, applicant.keys


def preferences(tables: Tables) -> Preferences:
    """The preferences in these tables, whose rows stand in ascending order."""
    fallbacks = {
        fallback: tuple(row.programme for row in rows)
        for fallback, rows in groupby(tables.fallbacks, attrgetter("fallback"))
    }
    return Preferences(tables.choices, fallbacks)
