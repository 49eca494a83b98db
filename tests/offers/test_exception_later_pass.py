"""After an exception the child is out of the market: its seat elsewhere is given out, its new one is no seat of it."""

import pytest

from app.offers.lifecycle import OfferEvent
from tests.offers.exceptions import Twins
from tests.offers.passes import Passes


@pytest.fixture
async def admitted(passes: Passes) -> Twins:
    """Second is admitted beside first; third waits for s2, where second was."""
    twins = Twins(**vars(passes))
    await twins.lead_to("final")
    await twins.admit(await twins.propose())
    await twins.answer("third", OfferEvent.WAIT)
    return twins


async def seats(twins: Twins) -> list[tuple[int, str]]:
    rows = await twins.sql(
        "allocation",
        "SELECT b.pass_number, convert_from(f.content, 'UTF8') AS text FROM bundle_file f JOIN bundle b"
        " ON b.bureau = f.bureau AND b.id = f.bundle WHERE f.bureau = :bureau AND f.name = 'programmes.csv'"
        " ORDER BY 1",
    )
    return [(row.pass_number, row.text) for row in rows]


@pytest.mark.parametrize("said", [OfferEvent.ACCEPT, OfferEvent.DECLINE, None])
async def test_the_seat_left_goes_to_who_waits_and_the_verifier_accepts(
    admitted: Twins, said: OfferEvent | None
) -> None:
    status = {OfferEvent.DECLINE: "declined"}.get(said, "accepted") if said else "accepted"
    if said is not None:
        await admitted.answer("second", said)
    await admitted.end_answers()
    await admitted.next_pass()
    assert await admitted.issue() == 2
    assert await admitted.standing() == {
        "first": [("s1", "accepted")],
        "second": [("s2", "superseded"), ("s1", status)],
        "third": [("s3", "superseded"), ("s2", "proposed")],
        "fourth": [("s3", "proposed")],
    }
    verdict = await admitted.verdict()
    assert verdict.accepted and "checked 11 later pass" in verdict.words
    (_, first), (_, second) = await seats(admitted)
    assert first == second == "programme,capacity\nr-s1,1\nr-s2,1\nr-s3,1\n"


async def test_a_third_pass_does_not_ask_for_the_child_again_though_its_family_declines_then(admitted: Twins) -> None:
    await admitted.end_answers()
    await admitted.next_pass()
    await admitted.issue()
    await admitted.finalise()
    assert await admitted.answer("second", OfferEvent.DECLINE) == "declined"
    await admitted.end_answers()
    await admitted.next_pass()
    assert await admitted.issue() == 0
    assert (await admitted.verdict()).accepted and (await admitted.row()).pass_number == 3


async def test_a_later_pass_that_is_annulled_leaves_the_exception_and_is_built_without_the_child_again(
    admitted: Twins,
) -> None:
    await admitted.end_answers()
    await admitted.next_pass()
    await admitted.issue()
    assert await admitted.annul() == 2
    standing = await admitted.standing()
    assert (standing["second"], standing["third"][0]) == ([("s2", "superseded"), ("s1", "accepted")], ("s3", "waiting"))
    await admitted.next_pass()
    assert await admitted.issue() == 2 and (await admitted.verdict()).accepted


async def test_who_has_a_place_for_good_is_still_parted_in_the_answer_time_of_a_later_pass(passes: Passes) -> None:
    twins = Twins(**vars(passes))
    await twins.lead_to("final")
    await twins.answer("second", OfferEvent.ACCEPT)
    await twins.answer("third", OfferEvent.WAIT)
    await twins.end_answers()
    await twins.next_pass()
    await twins.issue()
    await twins.finalise()
    [found] = await twins.candidates()
    assert (found.twins.pass_number, found.refused) == (1, None)
    await twins.admit(await twins.propose())
    await twins.end_answers()
    await twins.next_pass()
    assert await twins.issue() == 2
    standing = await twins.standing()
    assert (standing["second"], standing["third"][-1]) == (
        [("s2", "superseded"), ("s1", "accepted")],
        ("s2", "proposed"),
    )
    assert (await twins.verdict()).accepted
