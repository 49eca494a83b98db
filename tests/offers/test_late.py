"""A late round over the seats that the main round has left: figures first, no seat twice, and then a round like any."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from app.bureau import service as bureau
from app.clock import uuid7
from app.errors import ServiceError
from app.offers import late
from app.offers.late import SeatsLeft
from app.offers.lifecycle import OfferEvent
from app.rounds import publish
from app.rounds import service as rounds
from app.rounds.rows import RoundRow
from app.rounds.service import RoundPlan
from app.rounds.vocabulary import RoundKind
from app.schools import queries as schools
from app.schools import service as seats
from tests.county import AS_OF
from tests.offers.passes import Passes
from tests.rounds.builders import Family
from tests.rounds.life import Life


async def left(life: Life) -> SeatsLeft:
    found: SeatsLeft = await life.do("rules", late.seats_left, life.round)
    return found


async def plan(life: Life, digest: str, **changes: Any) -> RoundRow:
    opens_at = await life.now() + timedelta(hours=1)
    planned = RoundPlan(
        **{
            "code": f"{life.county.world.bureau}-late",
            "stage": "",
            "year": 0,
            "title_zh": "虚构补录",
            "title_en": "Fictitious late round",
            "ruleset": "primary-2026",
            "as_of": AS_OF,
            "opens_at": opens_at,
            "closes_at": opens_at + timedelta(hours=1),
            **changes,
        }
    )
    row: RoundRow = await life.sealed("rules", late.plan_late_round, life.round, planned, digest)
    return row


@pytest.fixture
async def concluded(passes: Passes) -> Passes:
    """Two seats at each of three schools; three of four families keep theirs, and the main round is over."""
    passes.seats = 2
    await passes.lead_to("final")
    await passes.answer("third", OfferEvent.DECLINE)
    await passes.end_answers()
    await passes.do("allocation", publish.conclude, passes.round)
    return passes


async def test_late_families_get_the_seats_left_and_nobody_gets_one_twice(concluded: Passes) -> None:
    figures = await left(concluded)
    held = {row.plan.school: (row.plan.seats, row.held, row.left) for row in figures.rows}
    assert figures.concluded and sum(row[1] for row in held.values()) == 3 and figures.left == 3
    main = concluded.round
    row = await plan(concluded, figures.digest)
    assert (row.kind, row.follows, row.stage, row.year) == (RoundKind.LATE, main, "primary", 2026)
    concluded.round = row.id
    async with concluded.database.transaction(concluded.staff("rules")) as session:
        carried = await schools.programmes_of_round(session, concluded.county.world.bureau, row.id)
    assert {one.school: one.seats for one in carried} == {school: figure[2] for school, figure in held.items()}
    latecomer = concluded.parent("third").person
    declined = replace(concluded.families[2], application=uuid7(), wishes=("late-r-s3",))
    concluded.families = [declined, *(Family(latecomer, "c1", tuple(one.id for one in carried)) for _ in range(3))]
    main_before = await concluded.do("casework", bureau.provision, main)
    await concluded.write_documents()
    await concluded.do("rules", rounds.publish_information, row.id)
    await concluded.reach("approved", after="published")
    assert await concluded.issue() == 3
    holding = await concluded.sql(
        "allocation",
        "SELECT school, count(*) AS children FROM offer WHERE status <> 'declined' GROUP BY school ORDER BY school",
    )
    assert [tuple(one) for one in holding] == [("s1", 2), ("s2", 2), ("s3", 2)]
    [own] = await concluded.sql(
        "allocation", "SELECT round FROM offer WHERE child = :child AND status <> 'declined'", child=declined.child
    )
    in_main, in_late = [await concluded.do("casework", bureau.provision, one) for one in (main, row.id)]
    assert own.round == row.id and in_late.everyone.rate.denominator == 4
    assert (main_before.everyone.rate.denominator, in_main.everyone.rate.denominator) == (4, 3)


async def test_a_place_given_up_after_the_round_is_over_is_left_and_not_taken_up_again(passes: Passes) -> None:
    """Whom no message had reached may still answer in its own time, and then its seat is whoever's comes next."""
    await passes.lead_to("final")
    await passes.end_answers("third")
    await passes.do("allocation", publish.conclude, passes.round)
    assert await passes.answer("third", OfferEvent.WAIT) == "waiting"
    assert await passes.answer("third", OfferEvent.DECLINE) == "declined"
    await plan(passes, (await left(passes)).digest)
    for event in (OfferEvent.ACCEPT, OfferEvent.WAIT):
        with pytest.raises(ServiceError, match=r"offer\.round_over"):
            await passes.answer("third", event)
    assert await passes.answer("third", OfferEvent.DECLINE) == "declined"


async def test_before_the_main_round_is_over_its_figures_are_seen_and_no_late_round_is_planned(
    passes: Passes,
) -> None:
    await passes.lead_to("answered")
    figures = await left(passes)
    assert not figures.concluded and figures.left == 0
    with pytest.raises(ServiceError, match=r"late.not_concluded"):
        await plan(passes, figures.digest)
    with pytest.raises(DBAPIError, match="follows a concluded round"):
        await passes.sql(
            "rules",
            "INSERT INTO admission_round SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(),"
            " 'code', 'other', 'kind', 'late', 'follows', r.id, 'status', 'planned'))).* FROM admission_round r"
            " WHERE r.bureau = :bureau AND r.id = :round",
            round=passes.round,
        )


async def test_a_late_round_is_planned_once_and_on_the_figures_that_were_shown(concluded: Passes) -> None:
    with pytest.raises(ServiceError, match=r"late.figures_changed"):
        await plan(concluded, "0" * 64)
    figures = await left(concluded)
    await plan(concluded, figures.digest)
    with pytest.raises(ServiceError, match=r"late.followed_already"):
        await plan(concluded, figures.digest, code="yet-another")
    with pytest.raises(ServiceError, match=r"round.late_follows_none"):
        await concluded.plan(kind=RoundKind.LATE)


async def test_a_concluded_round_gives_nothing_and_the_seats_it_holds_stay_settled(concluded: Passes) -> None:
    with pytest.raises(DBAPIError, match="a concluded round gives no place"):
        await concluded.write_offer("third", "s3", "open")
    row = await plan(concluded, (await left(concluded)).digest)
    code = f"{concluded.county.world.bureau}-round"
    with pytest.raises(ServiceError, match=r"schools.settlement_fixed"):
        await concluded.do("casework", seats.settle_seats, "late-r-s1", 0, 0, code)
    with pytest.raises(DBAPIError, match="are fixed"):
        await concluded.sql("casework", "UPDATE seat_settlement SET seats = 0")
    await concluded.do("casework", seats.settle_seats, "late-r-s3", 1, 0, "FICT-2026-009")
    async with concluded.database.transaction(concluded.staff("rules")) as session:
        programmes = await schools.programmes_of_round(session, concluded.county.world.bureau, row.id)
    assert all(one.seats >= 0 for one in programmes)


async def test_children_above_the_seats_leave_none_and_never_fewer(concluded: Passes) -> None:
    """A place by decision after the run: one school holds more children than it has net seats."""
    await concluded.sql(
        "casework",
        "INSERT INTO seat_settlement (bureau, id, programme, seats, class_reduction, decision)"
        " VALUES (:bureau, gen_random_uuid(), 'r-s1', 1, 1, 'FICT-2026-010')",
    )
    [row] = [one for one in (await left(concluded)).rows if one.plan.school == "s1"]
    assert row.plan.seats == 0 and row.held > 0 and row.left == 0


async def test_a_round_within_the_year_leaves_nothing_to_a_late_one(concluded: Passes) -> None:
    await concluded.plan(kind=RoundKind.WITHIN_YEAR, code="within")
    with pytest.raises(ServiceError, match=r"late.nothing_left_by"):
        await left(concluded)
