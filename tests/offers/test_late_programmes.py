"""A late round's programmes are those of the round before: for which class of age, open to whom, and who pays."""

from app.offers import issue
from app.rounds import publish
from app.rounds.service import Deadline
from tests.offers.passes import CALL_ALL, Passes
from tests.offers.preschool import AS_OF, Preschool
from tests.offers.test_late import left, plan
from tests.rounds.life import Life


async def test_a_kindergarten_s_classes_of_age_are_carried_each_as_its_own(life: Life) -> None:
    pre = Preschool(**vars(life))
    await pre.lead_to_offers()
    await pre.sql("casework", CALL_ALL, left=[], officer=pre.staff("casework").person)
    await pre.forward(Deadline.ANSWERS_UNTIL)
    await pre.do("allocation", issue.end_answers, pre.round)
    await pre.do("allocation", publish.conclude, pre.round)
    figures = await left(pre)
    row = await plan(pre, figures.digest, ruleset="preschool-2026", as_of=AS_OF)
    carried = await pre.sql("rules", "SELECT id, age_class FROM programme WHERE round = :round", round=row.id)
    assert {tuple(one) for one in carried} == {(f"late-{one.plan.id}", one.plan.age_class) for one in figures.rows}


async def test_a_purchased_place_and_one_for_the_catchment_stay_what_they_are(passes: Passes) -> None:
    passes.families = passes.four_families()
    await passes.plan()
    await passes.reach("published", after="planned")
    await passes.sql("rules", "UPDATE programme SET payer = 'bureau', open_to = 'catchment' WHERE id = 'r-s2'")
    await passes.sql("rules", "UPDATE programme SET fee_fen = 77700 WHERE id = 'r-s3'")
    await passes.reach("approved", after="published")
    await passes.issue()
    await passes.finalise()
    await passes.end_answers()
    await passes.do("allocation", publish.conclude, passes.round)
    row = await plan(passes, (await left(passes)).digest)
    carried = await passes.sql(
        "rules", "SELECT open_to, payer, fee_fen FROM programme WHERE round = :round ORDER BY id", round=row.id
    )
    assert [tuple(one) for one in carried] == [
        ("anyone", "family", 0),
        ("catchment", "bureau", 0),
        ("anyone", "family", 77700),
    ]
