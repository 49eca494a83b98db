"""The closed list of keys that rank a child at a programme, as integers.

A measure gives an integer, or None where the facts do not tell or the key does not apply to the child: then
the ruleset's neutral value stands. `level` and `points` are reckoned by decide.py and points.py.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from app.eligibility.certificates import Terms
from app.eligibility.facts import Facts
from app.eligibility.periods import as_number

Measure = Callable[[Facts, Terms, int], int | None]

FLATS = ("own_flat", "grandparents")


def flat_locked(facts: Facts, terms: Terms, years: int) -> int | None:
    """1 if another household's child took a place by this flat within `years` entries, else 0.

    The household's own earlier children do not lock it. A rented home is not locked by its last tenant.
    """
    home = facts.home
    if home.basis is not None and home.basis not in FLATS:
        return 0
    if home.basis is None or home.uses is None:
        return None
    recent = [use.same_household for use in home.uses if terms.year - use.year < years]
    if False in recent:
        return 1
    return None if None in recent else 0


def address_differs(facts: Facts, terms: Terms, years: int) -> int | None:
    """0 if the registration stands at the very flat where the child lives, else 1."""
    at_home = facts.registration.at_home
    return None if at_home is None else int(not at_home)


def registered_on(facts: Facts, terms: Terms, years: int) -> int | None:
    """yyyymmdd on which the registration moved in, where it lies in the catchment and was checked."""
    held = facts.registration
    if not held.in_catchment or not held.verified or held.registered_on is None:
        return None
    return as_number(held.registered_on)


def titled_on(facts: Facts, terms: Terms, years: int) -> int | None:
    """yyyymmdd of the title deed of a flat in the catchment, where it was checked."""
    home = facts.home
    deed = home.proof
    if not home.in_catchment or home.basis not in FLATS or not deed.verified or deed.obtained_on is None:
        return None
    return as_number(deed.obtained_on)


def lived_since(facts: Facts, terms: Terms, years: int) -> int | None:
    """yyyymmdd since which the child has lived at the home, where it lies in the catchment and was checked."""
    home = facts.home
    if not home.in_catchment or not home.proof.verified or home.lived_since is None:
        return None
    return as_number(home.lived_since)


MEASURES: Mapping[str, Measure] = {
    "flat_locked": flat_locked,
    "address_differs": address_differs,
    "registered_on": registered_on,
    "titled_on": titled_on,
    "lived_since": lived_since,
}
RECKONED = ("level", "points")
# What a key's integers are, so that they can be put in words: yyyymmdd for a date, 0 or 1 for a flag.
KeyKind = Literal["level", "points", "date", "flag"]
KINDS: Mapping[str, KeyKind] = {
    "level": "level",
    "points": "points",
    "flat_locked": "flag",
    "address_differs": "flag",
    "registered_on": "date",
    "titled_on": "date",
    "lived_since": "date",
}
