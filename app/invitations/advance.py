"""A decision in advance: what the registers' facts make of a child by the round's rules. It binds nobody: the family
confirms, and its application is decided like any other. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.applications.assessment import assess
from app.applications.lifecycle import AssessmentEvent
from app.eligibility.certificates import Terms
from app.eligibility.exact_json import canonical, sha256
from app.eligibility.facts import Facts
from app.eligibility.ruleset import Ruleset
from app.eligibility.values import Value
from app.invitations.facts import Said, prefilled
from app.invitations.models import Finding

FINDINGS = {
    AssessmentEvent.FIND_ELIGIBLE: Finding.ELIGIBLE,
    AssessmentEvent.FIND_UNDETERMINED: Finding.UNDETERMINED,
    # What registers do not show, papers may: a "no" is a person's, upon an application.
    AssessmentEvent.FIND_NOT_ELIGIBLE: Finding.NOT_SHOWN,
}
AGE = "age_reached"


@dataclass(frozen=True)
class Advance:
    """`schools`: of right, or, until that is shown, of the catchments. `missing`: what would show it, and what could
    raise the child's level: (path of the fact, zh, en). `digest` is the trace's."""

    finding: Finding
    schools: tuple[str, ...]
    missing: tuple[tuple[str, str, str], ...]
    digest: str

    def to_json(self) -> dict[str, Any]:
        return {"schools": list(self.schools), "missing": [list(one) for one in self.missing]}


def comes_of_age(born_on: date, ruleset: Ruleset) -> bool:
    """Whether a child reaches the ruleset's age in its year of entry, and did not a year before."""
    facts, year = Facts(born_on=born_on), ruleset.terms.year
    needed = {name for clause in ruleset.needs for name in clause}
    ages = [rule.bound for name, rule in ruleset.rules.items() if name in needed and rule.text.condition == AGE]

    def reached(terms: Terms) -> bool:
        return all(bound.check(facts, terms).value is Value.MET for bound in ages)

    return bool(ages) and reached(ruleset.terms) and not reached(Terms(year - 1, ruleset.terms.cut_off))


def decide_in_advance(
    said: Said, community: str, ruleset: Ruleset, as_of: date, catchments: Mapping[str, tuple[str, ...]]
) -> Advance:
    """By the rules of a round, on its date, from what the registers say and nothing else."""
    filled = prefilled(said, community)
    found = assess(filled.form, filled.checks, ruleset, as_of, catchments)
    places = (filled.form.residence_community, filled.form.registration_community)
    of_catchments = sorted({school for place in places if place for school in catchments.get(place, ())})
    told: dict[str, tuple[str, str, str]] = {}
    for line in found.trace:
        decision = line["decision"]
        for shortfall in (*decision["missing"], *decision["reasons"], *decision["improvable"]):
            told.setdefault(shortfall["rule"], (shortfall["code"], shortfall["zh"], shortfall["en"]))
    schools = sorted(found.rights) or of_catchments
    finding = FINDINGS[found.event]
    digest = sha256(canonical([found.digest, finding.value, *schools]))
    return Advance(finding, tuple(schools), tuple(told.values()), digest)
