"""Who may do what, as attributes alone: the page `access.py`, and what nobody may."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.accounts import access
from app.accounts.access import MAY, Target, authorize, roles_towards
from app.actor import Actor
from app.errors import ServiceError

BUREAU = "330424"
ME, OTHER = UUID(int=1), UUID(int=2)
FAMILY = Actor(BUREAU, ME, ME)
OFFICE = Actor(BUREAU, OTHER, OTHER, organisations=("school-1",))
CHILD = Target(BUREAU, guardians=(ME,), schools=("school-1",))
DUTIES = (*access.OFFICERS, access.AUDITOR)
READS = (".read", ".list", ".children", ".follow", ".count")


def officer(duty: str) -> Actor:
    return Actor(BUREAU, OTHER, OTHER, organisations=(BUREAU,), duties=(duty,))


def allowed(actor: Actor, action: str, target: Target) -> str:
    """The role that the journal would name, or the code of the refusal."""
    try:
        return authorize(actor, action, target).role
    except ServiceError as refusal:
        return refusal.code


def outcomes(actor: Actor, target: Target) -> dict[str, str]:
    return {action: allowed(actor, action, target) for action in MAY}


def if_named(role: str, otherwise: str = "access.forbidden") -> dict[str, str]:
    return {action: role if role in roles else otherwise for action, roles in MAY.items()}


@pytest.mark.parametrize("duty", DUTIES)
def test_an_officer_does_what_the_page_says_and_nothing_else(duty: str) -> None:
    assert outcomes(officer(duty), CHILD) == if_named(duty)


def test_a_guardian_does_a_familys_acts_on_their_own_child_alone() -> None:
    assert outcomes(FAMILY, CHILD) == if_named("guardian")
    nothing = dict.fromkeys(MAY, "access.not_found")
    assert outcomes(replace(FAMILY, person=OTHER), CHILD) == nothing
    assert outcomes(replace(FAMILY, bureau="330425"), CHILD) == nothing


def test_a_school_acts_on_children_shown_to_it_alone() -> None:
    assert outcomes(OFFICE, CHILD) == if_named("school_office")
    elsewhere = replace(OFFICE, organisations=("school-2",))
    assert outcomes(elsewhere, CHILD) == dict.fromkeys(MAY, "access.not_found")


@pytest.mark.parametrize(
    ("role", "referred"),
    [
        ("verifier", Target(BUREAU, guardians=(ME,), offices=("office-1",))),
        ("town", Target(BUREAU, guardians=(ME,), towns=("office-1",))),
    ],
)
def test_an_office_or_a_town_acts_on_what_was_referred_to_it_alone(role: str, referred: Target) -> None:
    clerk = replace(OFFICE, organisations=("office-1",))
    assert outcomes(clerk, referred) == if_named(role)
    assert outcomes(OFFICE, referred) == dict.fromkeys(MAY, "access.not_found")
    assert outcomes(replace(clerk, person=ME), referred) == if_named("guardian")


@pytest.mark.parametrize("duty", DUTIES)
def test_nobody_acts_by_office_on_a_child_of_their_own(duty: str) -> None:
    assert outcomes(replace(officer(duty), person=ME), CHILD) == if_named("guardian")
    assert roles_towards(replace(OFFICE, person=ME), CHILD) == ("guardian",)


@pytest.mark.parametrize("duty", DUTIES)
def test_another_bureaus_officer_is_told_that_there_is_nothing(duty: str) -> None:
    stranger = replace(officer(duty), bureau="330425", organisations=("330425", BUREAU))
    for target in (CHILD, Target(BUREAU)):
        assert outcomes(stranger, target) == dict.fromkeys(MAY, "access.not_found")


def test_towards_the_bureau_itself_everybody_is_family_and_no_more() -> None:
    assert roles_towards(FAMILY, Target(BUREAU)) == ("family",)
    assert allowed(FAMILY, "application.start", Target(BUREAU)) == "family"
    assert allowed(FAMILY, "round.approve", Target(BUREAU)) == "access.forbidden"


def test_no_duty_may_both_propose_what_needs_two_and_decide_it_alone() -> None:
    assert set(MAY["round.propose_approval"]).isdisjoint(MAY["round.approve"])
    assert set(MAY["round.propose_annulment"]).isdisjoint(MAY["round.annul"])
    assert set(MAY["round.propose_draw"]).isdisjoint(MAY["round.enter_draw"])
    assert access.AUDITOR not in {role for action, roles in MAY.items() if not action.endswith(READS) for role in roles}


def test_every_action_names_roles_that_exist_each_once() -> None:
    known = {*DUTIES, access.GUARDIAN, access.FAMILY, access.SCHOOL_OFFICE, access.VERIFIER, access.TOWN}
    for action, roles in MAY.items():
        assert roles and set(roles) <= known and len(set(roles)) == len(roles), action
