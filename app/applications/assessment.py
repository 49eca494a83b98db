"""Rows → Facts → a finding to be stored. Pure: the service reads and writes.

A child has rights in the catchment of its home, in that of its registration, and at grade 7 at the schools that its
primary school feeds; it is decided once for each way in which a school holds them, so that every right carries its
own true keys (design, decision 10).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from app.applications.form import Form
from app.applications.lifecycle import AssessmentEvent, EvidenceStatus
from app.eligibility.decide import decide
from app.eligibility.exact_json import Json, canonical, sha256, to_object
from app.eligibility.facts import Deferral, Facts, Sibling
from app.eligibility.ruleset import Ruleset, parse

# Kind of evidence: which part of the facts rests on it, and where among the facts the result of its check stands.
# `registration` is the household register, which shows who the child is; `home` shows where it lives.
EVIDENCE: dict[str, tuple[str, str]] = {
    "registration": ("registration", "registration.verified"),
    "home": ("home", "home.proof.verified"),
    "permit": ("first_parent.permit", "first_parent.permit.proof.verified"),
    "work": ("first_parent.work", "first_parent.work.proof.verified"),
    "insurance": ("first_parent.insurance", "first_parent.insurance.verified"),
    "papers": ("first_parent", "first_parent.papers_verified"),
    "second_permit": ("second_parent.permit", "second_parent.permit.proof.verified"),
    "second_work": ("second_parent.work", "second_parent.work.proof.verified"),
    "second_insurance": ("second_parent.insurance", "second_parent.insurance.verified"),
    "second_papers": ("second_parent", "second_parent.papers_verified"),
    "schooling": ("schooling", "schooling.verified"),
    "policy": ("policy", "policy.proof.verified"),
    "right_place": ("right_place", "right_place.verified"),
    "document": ("document", "document.proof.verified"),
    "deferral": ("deferral", "deferral.verified"),
    "leaver": ("leaver", "leaver.verified"),
    "sibling": ("sibling", "sibling.verified"),
}
# A way in which a school may hold a child's right, shown by the evidence of that kind → where the facts say that the
# school asked about does.
WAYS = {
    "registration": "registration.in_catchment",
    "home": "home.in_catchment",
    "leaver": "leaver.in_feeder",
    "right_place": "right_place.in_catchment",
    "sibling": "sibling.at_school",
}
# The ways that a family chooses for itself.
CLAIMS = ("sibling", "right_place")
PAPERS = ("education", "skill", "honours", "records")
CHECKED = {
    EvidenceStatus.CLAIMED: None,
    EvidenceStatus.CHECKING: None,
    EvidenceStatus.CONFIRMED: True,
    EvidenceStatus.REFUSED: False,
}

EVENTS = {
    "eligible": AssessmentEvent.FIND_ELIGIBLE,
    "undetermined": AssessmentEvent.FIND_UNDETERMINED,
    "not_eligible": AssessmentEvent.FIND_NOT_ELIGIBLE,
}
GUARDIANSHIP = "guardianship"


@dataclass(frozen=True)
class Assessed:
    """A finding, ready to be stored. `rights`: school → keys. `feeders`: the schools that the child's primary school
    feeds, once confirmed. `age_class`: the kindergarten's class that its birth opens.
    `claimed`: the schools of right for which the family has asked and shown why. `facts` and `trace`: one entry
    for each decision; of the trace, `schools` are those of whose catchment, or of whose feeder, it speaks."""

    event: AssessmentEvent
    kind: str
    missing: tuple[str, ...]
    rights: dict[str, dict[str, int]]
    keys_elsewhere: dict[str, int]
    groups: tuple[str, ...]
    feeders: tuple[str, ...]
    age_class: str
    claimed: tuple[str, ...]
    facts: list[dict[str, Json]]
    trace: list[dict[str, Any]]
    digest: str


@lru_cache(maxsize=16)
def ruleset_of(text: str) -> Ruleset:
    """A ruleset read once per process and text."""
    return parse(text)


def evidence_claimed(form: Form) -> dict[str, dict[str, Any]]:
    """What must be checked: kind of evidence → what the family says that it shows. A plain "none" needs no proof.

    Who the child is and where it lives is shown by every family, so that neither changes without a new check.
    """
    facts = facts_of(form, {})
    claimed = {kind: _said(facts, kind) for kind in EVIDENCE}
    found = {kind: said for kind, said in claimed.items() if _claims(said)}
    whole = form.to_json()
    for kind in ("policy", "right_place"):
        if kind in found and "policy_holder" in whole:
            found[kind] = {**found[kind], "holder": whole["policy_holder"]}
    if "sibling" in found:
        found["sibling"] = {**found["sibling"], "elder": whole["elder"]}
    return found | {"registration": {**claimed["registration"], "child": whole["child"]}}


def _said(facts: Facts, kind: str) -> dict[str, Json]:
    path, _ = EVIDENCE[kind]
    part: Any = facts
    for name in path.split("."):
        part = getattr(part, name)
    said = to_object(part)
    return {name: said[name] for name in PAPERS if name in said} if kind.endswith("papers") else said


def _claims(said: dict[str, Json]) -> bool:
    if said.get("kind") == "none" or said.get("held") is False:
        return False
    return any(value not in (None, "none", []) for value in said.values())


def facts_of(form: Form, checks: Mapping[str, str], deferred: Collection[int] = ()) -> Facts:
    """The declared facts with birth, communities and the result of each check (kind → EvidenceStatus). `deferred`: the
    years of entry whose deferral stands in the service's own record, which needs no check."""
    declared = form.declared
    facts = replace(
        declared,
        born_on=form.child.born_on,
        number_kind=form.child.number_kind,
        registration=replace(declared.registration, community=form.registration_community),
        home=replace(declared.home, community=form.residence_community),
        right_place=replace(declared.right_place, community=form.right_place_community),
        sibling=Sibling("none") if form.elder is None else Sibling("elder", form.sibling_school),
    )
    for kind, status in checks.items():
        _, flag = EVIDENCE[kind]
        facts = _with(facts, flag, CHECKED[EvidenceStatus(status)])
    years = {*deferred, *(declared.deferral.years or ())}
    if deferred:
        known = True if years == set(deferred) else facts.deferral.verified
        facts = replace(facts, deferral=Deferral(tuple(sorted(years)), known))
    return facts


def _with(holder: Any, path: str, value: Any) -> Any:
    name, _, rest = path.partition(".")
    return replace(holder, **{name: _with(getattr(holder, name), rest, value) if rest else value})


def assess(
    form: Form,
    checks: Mapping[str, str],
    ruleset: Ruleset,
    as_of: date,
    catchments: Mapping[str, tuple[str, ...]],
    disputed: bool = False,
    feeders: Mapping[str, tuple[str, ...]] | None = None,
    gave_up: bool | None = None,
    deferred: Collection[int] = (),
) -> Assessed:
    """Decide a child for every school in whose catchment it lives, is registered or has its place of right, which its
    primary school feeds, or which an elder brother or sister attends (or once, in none).

    `catchments`: community → schools. `feeders`: primary school → junior schools, for grade 7 alone. A place that is
    claimed and not yet checked is unknown, one that the check refused is not there: neither gives a right. With
    `disputed` a person must settle first whose child it is. `gave_up`: what the ledger of offers knows of the child.
    """
    facts = _with(facts_of(form, checks, deferred), "entry.gave_up", gave_up)
    fed = _fed(facts, feeders or {})
    ways = _ways(form, catchments, None if feeders is None else fed)
    sides: dict[tuple[bool, ...], list[str]] = {}
    for school in sorted({school for schools in ways.values() for school in schools}):
        sides.setdefault(tuple(school in schools for schools in ways.values()), []).append(school)
    rights: dict[str, dict[str, int]] = {}
    placed, trace = [], []
    nowhere = (tuple(False for _ in ways), list[str]())
    for side, schools in sorted(sides.items(), reverse=True) or [nowhere]:
        here = facts
        for way, holds in zip(ways, side, strict=True):
            here = _with(here, WAYS[way], _shown(holds, checks.get(way)))
        decision = decide(here, ruleset, as_of)
        rights |= {school: decision.keys_right for school in schools if decision.keys_right}
        placed.append(here.to_json())
        trace.append({"schools": schools, "decision": decision.to_json()})
    # Outcome, kind, groups and keys elsewhere hang on no catchment (ruleset_checks.refuse_catchment, _refuse_key).
    missing = tuple(dict.fromkeys(shortfall.code for shortfall in decision.missing))
    event = EVENTS[decision.outcome]
    if disputed:
        # Only what would let the child in waits: any other answer must be that of an undisputed child.
        event = AssessmentEvent.FIND_UNDETERMINED if event is AssessmentEvent.FIND_ELIGIBLE else event
        missing = (*missing, GUARDIANSHIP)
    return Assessed(
        event=event,
        kind=decision.kind or "unknown",
        missing=missing,
        rights=rights,
        keys_elsewhere=decision.keys_elsewhere,
        groups=decision.groups,
        feeders=fed if checks.get("leaver") == EvidenceStatus.CONFIRMED else (),
        age_class=ruleset.age_class(form.child.born_on),
        claimed=_claimed(ways, checks, rights),
        facts=placed,
        trace=trace,
        digest=sha256(canonical(trace)),  # type: ignore[arg-type]
    )


def _ways(
    form: Form, catchments: Mapping[str, tuple[str, ...]], fed: tuple[str, ...] | None
) -> dict[str, tuple[str, ...]]:
    """Each way in which schools may hold the child's right, by WAYS → those schools."""
    ways = {
        "registration": catchments.get(form.registration_community or "", ()),
        "home": catchments.get(form.residence_community, ()),
    }
    if fed is not None:
        ways["leaver"] = fed
    if form.elder is not None:
        ways["sibling"] = (form.sibling_school or "",)
    if form.right_place_community is not None:
        ways["right_place"] = catchments.get(form.right_place_community, ())
    return ways


def _claimed(
    ways: Mapping[str, tuple[str, ...]], checks: Mapping[str, str], rights: Collection[str]
) -> tuple[str, ...]:
    confirmed = [way for way in CLAIMS if checks.get(way) == EvidenceStatus.CONFIRMED]
    return tuple(sorted({school for way in confirmed for school in ways.get(way, ()) if school in rights}))


def _fed(facts: Facts, feeders: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The schools that the child's primary school in the county feeds."""
    return feeders.get(facts.leaver.school or "", ()) if facts.leaver.kind == "county" else ()


def _shown(claimed: bool, check: str | None) -> bool | None:
    if not claimed:
        return False
    return None if check is None else CHECKED[EvidenceStatus(check)]


def keys_by_override(ruleset: Ruleset) -> dict[str, int]:
    """The keys of a child whom the bureau admits beside the rules: it stands where those without a right stand."""
    last = max(route.text.elsewhere_level for route in ruleset.routes)
    return {key.name: last if key.measure == "level" else key.neutral or 0 for key in ruleset.keys}
