"""The closed vocabulary: every condition that a ruleset may name, with the parameters that it takes.

A new threshold is a change of a ruleset, reviewed as data. A new kind of condition is a change of this table
and of conditions.py, reviewed as code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import get_args

from app.eligibility import conditions, facts
from app.eligibility.conditions import Check
from app.eligibility.exact_json import BadField

Parameter = int | str | Fraction | tuple[str, ...]
Takes = Callable[[object], Parameter]


@dataclass(frozen=True)
class Condition:
    """`demands`: for a fact that is an enumeration, the values (or the parameter) that it must be among."""

    build: Callable[..., Check]
    takes: Mapping[str, Takes]
    demands: Mapping[str, tuple[str, ...] | str]


@dataclass(frozen=True)
class Bound:
    """A condition with its parameters."""

    name: str
    parameters: Mapping[str, Parameter]
    check: Check
    demands: Mapping[str, frozenset[str]]


def bind(name: str, given: Mapping[str, object], where: str) -> Bound:
    """A condition of the vocabulary with the parameters `given`, or BadField below `where`."""
    if name not in CONDITIONS:
        raise BadField(f"{where}.condition", "unknown condition", f"use one of: {', '.join(CONDITIONS)}")
    condition = CONDITIONS[name]
    if set(given) != set(condition.takes):
        asked = ", ".join(condition.takes) or "none"
        raise BadField(f"{where}.parameters", "not the parameters of this condition", f"give exactly: {asked}")
    parameters: dict[str, Parameter] = {}
    for parameter, read in condition.takes.items():
        try:
            parameters[parameter] = read(given[parameter])
        except ValueError as error:
            raise BadField(f"{where}.parameters.{parameter}", "not acceptable", str(error)) from None
    demands = {
        path: frozenset(values if isinstance(values, tuple) else _choices(parameters[values]))
        for path, values in condition.demands.items()
    }
    return Bound(name, parameters, condition.build(**parameters), demands)


def implies(one: Bound, other: Bound) -> bool:
    """Whether facts that meet `one` always meet `other`, both being on one condition (conditions.py)."""
    return one.name == other.name and all(
        _stricter(parameter, other.parameters[name]) for name, parameter in one.parameters.items()
    )


def _stricter(one: Parameter, other: Parameter) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return set(one) <= set(other)
    if isinstance(one, int | Fraction) and isinstance(other, int | Fraction):
        return one >= other
    return one == other


def _choices(parameter: Parameter) -> tuple[str, ...]:
    return parameter if isinstance(parameter, tuple) else ()


def _whole(least: int) -> Takes:
    def read(value: object) -> Parameter:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 1200:
            raise ValueError(f"give a whole number from {least} to 1200")
        return value

    return read


def _day(value: object) -> Parameter:
    try:
        # A leap year would let 29 February pass, which most years of entry do not have.
        if isinstance(value, str) and len(value) == 5:
            date.fromisoformat(f"2001-{value}")
            return value
    except ValueError:
        pass
    raise ValueError('give a day that every year has, as "MM-DD"')


def _share(value: object) -> Parameter:
    numerator, _, denominator = value.partition("/") if isinstance(value, str) else ("", "", "")
    if numerator.isascii() and numerator.isdigit() and denominator.isascii() and denominator.isdigit():
        top, bottom = int(numerator), int(denominator)
        if 0 <= top <= bottom and bottom > 0:
            return Fraction(top, bottom)
    raise ValueError('give an exact fraction from "0/1" to "1/1"')


def _among(kind: object) -> Takes:
    allowed = tuple(str(value) for value in get_args(kind) if value != "none")

    def read(value: object) -> Parameter:
        chosen = tuple(str(item) for item in value) if isinstance(value, list) else ()
        if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(allowed):
            raise ValueError(f"list, each once, some of: {', '.join(allowed)}")
        return chosen

    return read


_AGE: Mapping[str, Takes] = {"years": _whole(1), "by": _day}
_MONTHS: Mapping[str, Takes] = {"months": _whole(0)}
_OUTSIDE = tuple(str(place) for place in get_args(facts.Place) if place != "county")
_OWN = {"home.basis": ("own_flat",)}
_CROSS_BORDER = ("hong_kong", "macao", "taiwan")

CONDITIONS: Mapping[str, Condition] = {
    "age_reached": Condition(conditions.age_reached, _AGE, {}),
    "deferral_complete": Condition(conditions.deferral_complete, _AGE, {}),
    "registration_in_county": Condition(conditions.registration_in_county, {}, {"registration.place": ("county",)}),
    "registration_outside": Condition(conditions.registration_outside, {}, {"registration.place": _OUTSIDE}),
    "registration_elsewhere": Condition(conditions.registration_elsewhere, {}, {}),
    "registration_in_time": Condition(conditions.registration_in_time, {}, {}),
    "registration_in_catchment": Condition(conditions.registration_in_catchment, {}, {}),
    "registration_kind": Condition(
        conditions.registration_kind, {"among": _among(facts.RegistrationKind)}, {"registration.kind": "among"}
    ),
    "registered_with_parents": Condition(conditions.registered_with_parents, {}, {}),
    "home_in_catchment": Condition(conditions.home_in_catchment, {}, {}),
    "home_basis": Condition(conditions.home_basis, {"among": _among(facts.Basis)}, {"home.basis": "among"}),
    "home_share_at_least": Condition(conditions.home_share_at_least, {"share": _share}, _OWN),
    "home_share_over": Condition(conditions.home_share_over, {"share": _share}, _OWN),
    "parents_own_no_flat": Condition(conditions.parents_own_no_flat, {}, {}),
    "home_proof": Condition(conditions.home_proof, {}, {}),
    "lived_for": Condition(conditions.lived_for, _MONTHS, {}),
    "permit_in_force": Condition(conditions.permit_in_force, {}, {}),
    "residence_registered": Condition(conditions.residence_registered, _MONTHS, {}),
    "steady_work": Condition(conditions.steady_work, {"among": _among(facts.WorkKind)}, {}),
    "insurance_paid": Condition(conditions.insurance_paid, {"months": _whole(1)}, {}),
    "steady_home": Condition(conditions.steady_home, {"among": _among(facts.Basis)}, {"home.basis": "among"}),
    "continuous_schooling": Condition(
        conditions.continuous_schooling, {"among": _among(facts.SchoolingKind), **_MONTHS}, {}
    ),
    "primary_finished": Condition(
        conditions.primary_finished, {"among": _among(facts.LeaverKind)}, {"leaver.kind": "among"}
    ),
    "leaver_in_feeder": Condition(conditions.leaver_in_feeder, {}, {}),
    "policy_status": Condition(conditions.policy_status, {"among": _among(facts.PolicyKind)}, {"policy.kind": "among"}),
    "service_place_in_catchment": Condition(
        conditions.service_place_in_catchment, {"among": _among(facts.PolicyKind)}, {"policy.kind": "among"}
    ),
    "sibling_at_school": Condition(conditions.sibling_at_school, {}, {"sibling.kind": ("elder",)}),
    "cross_border_document": Condition(
        conditions.cross_border_document,
        {"among": _among(facts.DocumentKind)},
        {"number_kind": _CROSS_BORDER, "document.kind": "among"},
    ),
}
OF_ONE_CATCHMENT = (
    *("registration_in_catchment", "home_in_catchment", "leaver_in_feeder"),
    *("service_place_in_catchment", "sibling_at_school"),
)
