"""Rows → Facts → stored Decision. Pure: the service reads and writes.

A child has rights in the catchment of its home and in that of its registration; it is decided once for each, so
that every right carries its own true keys (design, decision 10).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from app.applications.form import Form
from app.applications.lifecycle import AssessmentEvent, EvidenceStatus
from app.eligibility.decide import decide
from app.eligibility.decision import Decision
from app.eligibility.exact_json import canonical, sha256
from app.eligibility.facts import Facts
from app.eligibility.ruleset import Ruleset, parse

# kind of evidence: where in the facts it is a proof, and how the check's result is called there.
EVIDENCE: dict[str, tuple[tuple[str, ...], str]] = {
    "registration": (("registration",), "verified"),
    "home": (("home", "proof"), "verified"),
    "permit": (("first_parent", "permit", "proof"), "verified"),
    "work": (("first_parent", "work", "proof"), "verified"),
    "insurance": (("first_parent", "insurance"), "verified"),
    "papers": (("first_parent",), "papers_verified"),
    "second_permit": (("second_parent", "permit", "proof"), "verified"),
    "second_work": (("second_parent", "work", "proof"), "verified"),
    "second_insurance": (("second_parent", "insurance"), "verified"),
    "second_papers": (("second_parent",), "papers_verified"),
    "schooling": (("schooling",), "verified"),
    "policy": (("policy", "proof"), "verified"),
    "document": (("document", "proof"), "verified"),
    "deferral": (("deferral",), "verified"),
}
PAPERS = ("education", "skill", "honours", "records")
CHECKED = {EvidenceStatus.CLAIMED: None, EvidenceStatus.CONFIRMED: True, EvidenceStatus.REFUSED: False}

EVENTS = {
    "eligible": AssessmentEvent.FIND_ELIGIBLE,
    "undetermined": AssessmentEvent.FIND_UNDETERMINED,
    "not_eligible": AssessmentEvent.FIND_NOT_ELIGIBLE,
}
GUARDIANSHIP = "guardianship"


@dataclass(frozen=True)
class Assessed:
    """A finding, ready to be stored. `rights`: school → keys. `decisions`: one per catchment, for the trace."""

    event: AssessmentEvent
    kind: str
    missing: tuple[str, ...]
    rights: dict[str, dict[str, int]]
    keys_elsewhere: dict[str, int]
    groups: tuple[str, ...]
    facts: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    digest: str


@lru_cache(maxsize=16)
def ruleset_of(text: str) -> Ruleset:
    """A ruleset read once per process and text."""
    return parse(text)


def evidence_claimed(form: Form) -> dict[str, Any]:
    """What the family's declared facts rest on: kind of evidence → the declared part."""
    declared = form.declared()
    claimed: dict[str, Any] = {}
    for kind, (path, _) in EVIDENCE.items():
        part = _part(declared, path if path[-1] != "proof" else path[:-1])
        if kind.endswith("papers"):
            held = {name: getattr(part, name) for name in PAPERS if getattr(part, name) not in (None, ())}
            if any(value != "none" for value in held.values()):
                claimed[kind] = held
        elif part != type(part)():
            claimed[kind] = part
    return claimed


def _part(facts: Facts, path: tuple[str, ...]) -> Any:
    part: Any = facts
    for name in path:
        part = getattr(part, name)
    return part


def facts_of(form: Form, checks: Mapping[str, str]) -> Facts:
    """The declared facts with birth, communities and the result of each check (kind → EvidenceStatus)."""
    declared = form.declared()
    facts = replace(
        declared,
        born_on=form.child.born_on,
        number_kind=form.child.number_kind,
        registration=replace(declared.registration, community=form.registration_community),
        home=replace(declared.home, community=form.residence_community),
    )
    for kind, status in checks.items():
        path, name = EVIDENCE[kind]
        facts = _with(facts, (*path, name), CHECKED[EvidenceStatus(status)])
    return facts


def _with(holder: Any, path: tuple[str, ...], value: Any) -> Any:
    if len(path) == 1:
        return replace(holder, **{path[0]: value})
    return replace(holder, **{path[0]: _with(getattr(holder, path[0]), path[1:], value)})


def assess(
    form: Form,
    checks: Mapping[str, str],
    ruleset: Ruleset,
    as_of: date,
    catchments: Mapping[str, tuple[str, ...]],
    guardianship_disputed: bool = False,
) -> Assessed:
    """Decide a child once for each catchment in which it lives or is registered (or once, in none)."""
    facts = facts_of(form, checks)
    home = catchments.get(form.residence_community, ())
    registered = catchments.get(form.registration_community or "", ())
    asked = [schools for schools in dict.fromkeys((home, registered)) if schools] or [()]
    found: list[tuple[tuple[str, ...], Facts, Decision]] = []
    for schools in asked:
        placed = replace(
            facts,
            registration=replace(facts.registration, in_catchment=bool(schools) and registered == schools),
            home=replace(facts.home, in_catchment=bool(schools) and home == schools),
        )
        found.append((schools, placed, decide(placed, ruleset, as_of)))
    return _combined(found, guardianship_disputed)


def _combined(found: list[tuple[tuple[str, ...], Facts, Decision]], disputed: bool) -> Assessed:
    first = found[0][2]
    rights = {
        school: decision.keys_right for schools, _, decision in found for school in schools if decision.keys_right
    }
    decisions = [decision.to_json() for _, _, decision in found]
    missing = tuple(dict.fromkeys(shortfall.code for shortfall in first.missing))
    event = EVENTS[first.outcome]
    if disputed:
        event, missing = AssessmentEvent.FIND_UNDETERMINED, (*missing, GUARDIANSHIP)
    return Assessed(
        event=event,
        kind=first.kind or "unknown",
        missing=missing,
        rights=rights,
        keys_elsewhere=first.keys_elsewhere,
        groups=first.groups,
        facts=[placed.to_json() for _, placed, _ in found],
        decisions=decisions,
        digest=sha256(canonical(decisions)),  # type: ignore[arg-type]
    )


def keys_by_override(ruleset: Ruleset) -> dict[str, int]:
    """The keys of a child whom the bureau admits beside the rules: it stands where those without a right stand."""
    last = max(route.text.elsewhere_level for route in ruleset.routes)
    return {key.name: last if key.measure == "level" else key.neutral or 0 for key in ruleset.keys}
