"""The tests that every certificate stands against a round's cut-off: obtained by it, valid on it, verified."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.eligibility.facts import Permit, Proof
from app.eligibility.periods import add_years, full_years
from app.eligibility.values import Finding, both, flag


@dataclass(frozen=True, slots=True)
class Terms:
    """What a ruleset says once for all its conditions: year of entry and cut-off of certificates."""

    year: int
    cut_off: date


class Standing(NamedTuple):
    """The current unbroken run of a residence permit: since when, and the last day it is endorsed for."""

    since: date
    until: date


def in_time(proof: Proof, path: str, cut_off: date, *, states_an_end: bool) -> Finding:
    """Obtained on or before the cut-off, valid through it, and verified.

    A certificate that states an end needs it known; a title deed or a residence permit states none, and is
    tested against an end only if it has one.
    """
    obtained, end = proof.obtained_on, proof.valid_until
    return both(
        flag(None if obtained is None else obtained <= cut_off, f"{path}.obtained_on"),
        flag((None if states_an_end else True) if end is None else end >= cut_off, f"{path}.valid_until"),
        flag(proof.verified, f"{path}.verified"),
    )


def standing(permit: Permit, on: date) -> Standing | None:
    """How a permit stood on a day, from its issue and yearly endorsements; None if not yet issued.

    Interim Regulation on Residence Permits art. 10: endorsed once a year before the year is full; when
    missed the permit is suspended, and a later endorsement revives it with its years counted afresh. Here
    the year's last day (periods.py) is still in time, and any endorsement inside the running year counts,
    once. Suspended on `on` if `until` lies before it. Unknown endorsements count as none.
    """
    issued = permit.proof.obtained_on
    if issued is None or issued > on:
        return None
    since, years = issued, 1
    for endorsed in sorted(permit.endorsements or ()):
        if endorsed > on:
            break
        if endorsed > add_years(since, years):
            since, years = endorsed, 1
        elif endorsed > add_years(since, years - 1):
            years += 1
    return Standing(since, add_years(since, years))


def in_force(permit: Permit, path: str, cut_off: date) -> Finding:
    """Held, issued and verified by the cut-off, and endorsed so that the cut-off falls in a running year."""
    if not permit.held:
        return flag(permit.held, f"{path}.held")
    stood = standing(permit, cut_off)
    endorsed = stood is None or stood.until >= cut_off
    missing = not endorsed and permit.endorsements is None
    return both(
        in_time(permit.proof, f"{path}.proof", cut_off, states_an_end=False),
        flag(None if missing else endorsed, f"{path}.endorsements"),
    )


def permit_years(permit: Permit, on: date) -> int | None:
    """Full years of the current run on a day, 0 while suspended; None if the facts do not tell."""
    if permit.held is False or permit.proof.verified is False:
        return 0
    if permit.held is None or permit.proof.verified is None or permit.proof.obtained_on is None:
        return None
    stood = standing(permit, on)
    if stood is None or stood.until < on:
        return None if permit.endorsements is None and stood is not None else 0
    return full_years(stood.since, on)
