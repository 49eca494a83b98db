"""The closed list of what points may count: units of a parent, and entries that a parent holds.

None: unknown, or not yet verified. What a check found to be false counts as nothing.
"""

from collections.abc import Callable, Mapping
from typing import get_args

from app.eligibility import facts
from app.eligibility.certificates import Terms, in_time, permit_years
from app.eligibility.facts import Parent
from app.eligibility.periods import full_months
from app.eligibility.values import Value

Entries = tuple[str, ...] | None


def _residence_years(parent: Parent, terms: Terms) -> int | None:
    return permit_years(parent.permit, terms.cut_off)


def _work_months(parent: Parent, terms: Terms) -> int | None:
    work = parent.work
    if work.kind == "none":
        return 0
    if work.kind is None or work.since is None:
        return None
    proven = in_time(work.proof, "", terms.cut_off, states_an_end=True).value
    if proven is not Value.MET:
        return None if proven is Value.UNKNOWN else 0
    return full_months(work.since, terms.cut_off)


def _insurance_months(parent: Parent, terms: Terms) -> int | None:
    if parent.insurance.verified is False:
        return 0
    return parent.insurance.months if parent.insurance.verified else None


def _checked(parent: Parent, held: Entries) -> Entries:
    if parent.papers_verified is False:
        return ()
    return held if parent.papers_verified else None


def _education(parent: Parent, terms: Terms, years: int) -> Entries:
    return _checked(parent, None if parent.education is None else (parent.education,))


def _skill(parent: Parent, terms: Terms, years: int) -> Entries:
    return _checked(parent, None if parent.skill is None else (parent.skill,))


def _honours(parent: Parent, terms: Terms, years: int) -> Entries:
    return _checked(parent, parent.honours)


def _records(parent: Parent, terms: Terms, years: int) -> Entries:
    held = parent.records
    if held is None:
        return None
    return _checked(parent, tuple(r.kind for r in held if terms.year - r.year < years))


UNITS: Mapping[str, Callable[[Parent, Terms], int | None]] = {
    "residence_years": _residence_years,
    "work_months": _work_months,
    "insurance_months": _insurance_months,
}
ENTRIES: Mapping[str, Callable[[Parent, Terms, int], Entries]] = {
    "education": _education,
    "skill": _skill,
    "honours": _honours,
    "records": _records,
}
NAMES: Mapping[str, tuple[str, ...]] = {
    "education": get_args(facts.Education),
    "skill": get_args(facts.Skill),
    "honours": get_args(facts.Honour),
    "records": get_args(facts.RecordKind),
}
