"""Nobody ends as neither: whoever has no place once a list is public is an open case with a day, until it has one."""

from app.offers import overdue
from app.offers.lifecycle import OfferEvent
from app.offers.overdue import OpenCase, WaitsFor
from app.rounds import publish
from app.rounds.vocabulary import Silence
from app.schools.queries import CHINA
from tests.offers.passes import NAMES, Passes

FAR = 10_000  # days


async def cases(passes: Passes, days: int = FAR) -> dict[str, OpenCase]:
    """By the family's name."""
    listed: list[OpenCase] = await passes.do("casework", overdue.open_cases, passes.round, days)
    names = {family.application: name for family, name in zip(passes.families, NAMES, strict=True)}
    return {names[case.application]: case for case in listed if case.application}


async def test_a_round_is_itself_the_case_until_its_list_is_public(passes: Passes) -> None:
    await passes.lead_to("approved")
    assert await cases(passes) == {}
    await passes.issue()
    assert list(await cases(passes)) == ["fourth"]


async def test_whoever_has_no_place_is_to_have_one_when_school_begins_even_after_the_round(passes: Passes) -> None:
    await passes.lead_to("answered")
    await passes.do("allocation", publish.conclude, passes.round)
    case = (await cases(passes))["fourth"]
    assert (case.grade, case.waits_for, case.residence_community) == (1, WaitsFor.PLACE, "c1")
    assert case.place_by.astimezone(CHINA).strftime("%m-%d %H:%M") == "09-01 00:00"
    assert case.overdue is (case.place_by <= await passes.now())


async def test_a_case_is_listed_from_so_many_days_before_its_day(passes: Passes) -> None:
    await passes.lead_to("proposed")
    case = (await cases(passes))["fourth"]
    left = (case.place_by - await passes.now()).days
    assert (list(await cases(passes, left + 1)) == ["fourth"]) and (left < 0 or await cases(passes, left) == {})


async def test_a_family_that_said_where_its_child_will_study_is_none_and_one_that_was_silent_is(passes: Passes) -> None:
    passes.silence = Silence.DECLINE
    await passes.lead_to("final")
    await passes.answer("first", OfferEvent.DECLINE)
    await passes.answer("second", OfferEvent.ACCEPT)
    await passes.end_answers()
    assert set(await cases(passes)) == {"third", "fourth"}


async def test_a_place_taken_back_leaves_a_case_and_a_later_pass_ends_one(passes: Passes) -> None:
    await passes.lead_to("final")
    await passes.answer("first", OfferEvent.DECLINE)
    await passes.end_answers()
    await passes.withdraw("third")
    assert set(await cases(passes)) == {"third", "fourth"}
    await passes.next_pass()
    await passes.issue()
    assert set(await cases(passes)) == {"third"}
