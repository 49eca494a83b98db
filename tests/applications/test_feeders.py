"""What the feeder schools become for the rules, at grade 7 alone. Pure."""

from typing import Any

import pytest

from app.applications.assessment import Assessed, assess
from app.eligibility.ruleset import RULESETS, Ruleset, load
from tests.applications.junior import NEWCOMER
from tests.county import AS_OF, form

FEEDERS = {"s1": ("j1", "j2"), "n9": ("n9",)}


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return load(RULESETS / "junior-2026.toml")


def found(ruleset: Ruleset, leaver: dict[str, Any], status: str, *, asked: bool = True) -> Assessed:
    filled = form(facts={**NEWCOMER, "leaver": leaver})
    checks = {"registration": "claimed", "home": "claimed", "leaver": status}
    return assess(filled, checks, ruleset, AS_OF, {"c1": ("j3",)}, feeders=FEEDERS if asked else None)


def in_feeder(result: Assessed) -> dict[str, Any]:
    """School → what the facts of its decision say of it."""
    facts: list[dict[str, Any]] = result.facts
    return {
        school: of_one["leaver"].get("in_feeder")
        for line, of_one in zip(result.trace, facts, strict=True)
        for school in line["schools"]
    }


@pytest.mark.parametrize(("status", "said"), [("claimed", None), ("confirmed", True), ("refused", False)])
def test_a_feeder_is_unknown_until_the_leaver_is_checked_and_none_where_it_is_refused(
    ruleset: Ruleset, status: str, said: bool | None
) -> None:
    result = found(ruleset, {"kind": "county", "school": "s1"}, status)
    assert in_feeder(result) == {"j1": said, "j2": said, "j3": False}
    confirmed = status == "confirmed"
    assert result.feeders == (("j1", "j2") if confirmed else ())
    assert set(result.rights) == ({"j1", "j2"} if confirmed else set())


@pytest.mark.parametrize(
    "leaver", [{"kind": "elsewhere", "school": "s1"}, {"school": "s1"}, {"kind": "county", "school": "s9"}]
)
def test_only_a_school_of_the_county_that_feeds_another_gives_a_right(ruleset: Ruleset, leaver: dict[str, Any]) -> None:
    result = found(ruleset, leaver, "confirmed")
    assert in_feeder(result) == {"j3": False} and result.rights == {} and result.feeders == ()


def test_where_no_feeder_is_asked_for_the_facts_say_nothing_of_it(ruleset: Ruleset) -> None:
    assert in_feeder(found(ruleset, {"kind": "county", "school": "s1"}, "confirmed", asked=False)) == {"j3": None}
