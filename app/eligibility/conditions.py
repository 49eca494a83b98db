"""What each named condition asks of the facts. vocabulary.py holds the closed list of their names.

A condition is built with its parameters and then finds met, not met or unknown for facts under the terms of
a ruleset. Every number among the parameters is a minimum and every list a choice, so of two rules on one
condition the one with larger numbers and shorter lists is the stricter.
"""

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from app.eligibility.certificates import Terms, in_force, in_time
from app.eligibility.facts import Facts
from app.eligibility.periods import add_months, add_years
from app.eligibility.values import MET, Finding, Value, both, flag, not_met, unknown

Check = Callable[[Facts, Terms], Finding]


def _reckoning_day(terms: Terms, by: str) -> date:
    return date(terms.year, int(by[:2]), int(by[3:]))


def age_reached(years: int, by: str) -> Check:
    """`years` full years of age by the day `by` (MM-DD) of the year of entry."""

    def check(facts: Facts, terms: Terms) -> Finding:
        if facts.born_on is None:
            return unknown("born_on")
        return flag(add_years(facts.born_on, years) <= _reckoning_day(terms, by), "born_on")

    return check


def deferral_complete(years: int, by: str) -> Check:
    """Every year of entry since the child reached `years` was deferred with approval (none: met)."""

    def check(facts: Facts, terms: Terms) -> Finding:
        if facts.born_on is None:
            return unknown("born_on")
        reached = add_years(facts.born_on, years)
        due = reached.year + (reached > _reckoning_day(Terms(reached.year, terms.cut_off), by))
        passed = range(due, terms.year)
        if not passed:
            return MET
        approved = facts.deferral.years
        return both(
            flag(None if approved is None else set(passed) <= set(approved), "deferral.years"),
            MET if approved == () else flag(facts.deferral.verified, "deferral.verified"),
        )

    return check


def registration_in_county() -> Check:
    """The child is registered in the county, and the register was checked."""

    def check(facts: Facts, terms: Terms) -> Finding:
        held = facts.registration
        return both(
            flag(None if held.place is None else held.place == "county", "registration.place"),
            flag(held.verified, "registration.verified"),
        )

    return check


def registration_outside() -> Check:
    """The child is registered elsewhere or nowhere: said by the family, which gains nothing by it."""
    return lambda facts, terms: flag(
        None if facts.registration.place is None else facts.registration.place != "county",
        "registration.place",
    )


def registration_elsewhere() -> Check:
    """The exact opposite of `registration_in_county`: said by the family, or found by the check."""
    in_county = registration_in_county()

    def check(facts: Facts, terms: Terms) -> Finding:
        found = in_county(facts, terms)
        if found.value is Value.UNKNOWN:
            return found
        return not_met("registration.place") if found is MET else MET

    return check


def registration_in_time() -> Check:
    """Moved in at the registered address on or before the cut-off."""

    def check(facts: Facts, terms: Terms) -> Finding:
        on = facts.registration.registered_on
        return flag(None if on is None else on <= terms.cut_off, "registration.registered_on")

    return check


def registration_in_catchment() -> Check:
    return lambda facts, terms: flag(facts.registration.in_catchment, "registration.in_catchment")


def registration_kind(among: tuple[str, ...]) -> Check:
    return lambda facts, terms: _chosen(facts.registration.kind, among, "registration.kind")


def registered_with_parents() -> Check:
    return lambda facts, terms: flag(facts.registration.with_parents, "registration.with_parents")


def home_in_catchment() -> Check:
    return lambda facts, terms: flag(facts.home.in_catchment, "home.in_catchment")


def home_basis(among: tuple[str, ...]) -> Check:
    return lambda facts, terms: _chosen(facts.home.basis, among, "home.basis")


def home_share_at_least(share: Fraction) -> Check:
    """The family's own flat, parents and child holding at least this share."""
    return lambda facts, terms: _share(facts, lambda held: held >= share)


def home_share_over(share: Fraction) -> Check:
    """The family's own flat, parents and child holding more than this share: half is not over half."""
    return lambda facts, terms: _share(facts, lambda held: held > share)


def parents_own_no_flat() -> Check:
    return lambda facts, terms: flag(facts.home.parents_own_none, "home.parents_own_none")


def home_proof() -> Check:
    """The deed or lease of the home was obtained by the cut-off, holds on it, and was checked."""

    def check(facts: Facts, terms: Terms) -> Finding:
        states_an_end = facts.home.basis not in ("own_flat", "grandparents")
        return in_time(facts.home.proof, "home.proof", terms.cut_off, states_an_end=states_an_end)

    return check


def lived_for(months: int) -> Check:
    """Lived at the home for full months on the cut-off."""
    return lambda facts, terms: _since(facts.home.lived_since, months, terms, "home.lived_since")


def permit_in_force() -> Check:
    """The first parent's residence permit is in force on the cut-off (certificates.py)."""
    return lambda facts, terms: in_force(facts.first_parent.permit, "first_parent.permit", terms.cut_off)


def residence_registered(months: int) -> Check:
    """The first parent's residence had been registered for full months on the cut-off."""
    path = "first_parent.permit.registered_since"
    return lambda facts, terms: _since(facts.first_parent.permit.registered_since, months, terms, path)


def steady_work(among: tuple[str, ...]) -> Check:
    """The first parent's contract or licence in the county."""

    def check(facts: Facts, terms: Terms) -> Finding:
        work = facts.first_parent.work
        chosen = _chosen(work.kind, among, "first_parent.work.kind")
        if chosen is not MET:
            return chosen
        return in_time(work.proof, "first_parent.work.proof", terms.cut_off, states_an_end=True)

    return check


def insurance_paid(months: int) -> Check:
    """The first parent has paid social insurance in the county for at least so many months."""

    def check(facts: Facts, terms: Terms) -> Finding:
        insurance = facts.first_parent.insurance
        paid = None if insurance.months is None else insurance.months >= months
        return both(
            flag(paid, "first_parent.insurance.months"),
            MET if paid is False else flag(insurance.verified, "first_parent.insurance.verified"),
        )

    return check


def steady_home(among: tuple[str, ...]) -> Check:
    """A home in the county on one of these bases, with its deed, lease or employer's paper."""

    def check(facts: Facts, terms: Terms) -> Finding:
        chosen = _chosen(facts.home.basis, among, "home.basis")
        return home_proof()(facts, terms) if chosen is MET else chosen

    return check


def continuous_schooling(among: tuple[str, ...], months: int) -> Check:
    """The child has attended without a break in the county, for full months on the cut-off."""

    def check(facts: Facts, terms: Terms) -> Finding:
        schooling = facts.schooling
        chosen = _chosen(schooling.kind, among, "schooling.kind")
        if chosen is not MET:
            return chosen
        since = _since(schooling.since, months, terms, "schooling.since")
        return both(since, flag(schooling.verified, "schooling.verified"))

    return check


def primary_finished(among: tuple[str, ...]) -> Check:
    """The child leaves a primary school of the county, or one elsewhere, and a register was checked for it."""

    def check(facts: Facts, terms: Terms) -> Finding:
        chosen = _chosen(facts.leaver.kind, among, "leaver.kind")
        return flag(facts.leaver.verified, "leaver.verified") if chosen is MET else chosen

    return check


def leaver_in_feeder() -> Check:
    """The school asked for takes the leavers of the child's primary school (对口)."""
    return lambda facts, terms: flag(facts.leaver.in_feeder, "leaver.in_feeder")


def policy_status(among: tuple[str, ...]) -> Check:
    """A status of policy whose certificate was obtained by the cut-off, holds on it, and was checked."""

    def check(facts: Facts, terms: Terms) -> Finding:
        chosen = _chosen(facts.policy.kind, among, "policy.kind")
        if chosen is not MET:
            return chosen
        return in_time(facts.policy.proof, "policy.proof", terms.cut_off, states_an_end=True)

    return check


def service_place_in_catchment(among: tuple[str, ...]) -> Check:
    """For these statuses of policy alone: the unit's station, or the grandparents' registration, where checked."""

    def check(facts: Facts, terms: Terms) -> Finding:
        chosen = _chosen(facts.policy.kind, among, "policy.kind")
        if chosen is not MET:
            return chosen
        return flag(facts.right_place.in_catchment, "right_place.in_catchment")

    return check


def sibling_at_school() -> Check:
    """The school asked for is that of an elder brother or sister, on the guardians' wish."""

    def check(facts: Facts, terms: Terms) -> Finding:
        chosen = _chosen(facts.sibling.kind, ("elder",), "sibling.kind")
        return flag(facts.sibling.at_school, "sibling.at_school") if chosen is MET else chosen

    return check


def cross_border_document(among: tuple[str, ...]) -> Check:
    """A resident of Hong Kong, Macao or Taiwan with such a document, valid on the cut-off and checked."""

    def check(facts: Facts, terms: Terms) -> Finding:
        chosen = both(
            _chosen(facts.number_kind, ("hong_kong", "macao", "taiwan"), "number_kind"),
            _chosen(facts.document.kind, among, "document.kind"),
        )
        if chosen is not MET:
            return chosen
        return in_time(facts.document.proof, "document.proof", terms.cut_off, states_an_end=True)

    return check


def _chosen(held: str | None, among: tuple[str, ...], path: str) -> Finding:
    return flag(None if held is None else held in among, path)


def _since(day: date | None, months: int, terms: Terms, path: str) -> Finding:
    return flag(None if day is None else add_months(day, months) <= terms.cut_off, path)


def _share(facts: Facts, enough: Callable[[Fraction], bool]) -> Finding:
    owned = _chosen(facts.home.basis, ("own_flat",), "home.basis")
    if owned is not MET:
        return owned
    share = facts.home.share
    return flag(None if share is None else enough(share), "home.share")
