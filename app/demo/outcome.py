"""From the closed round to arrivals: ranking, freeze, draw, run, publication, answers, a later pass, reports."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from app.database import database_now
from app.demo.carry import Advance, Demonstration
from app.demo.kindergartens import counts
from app.demo.staging import import_file
from app.jobs import queries as jobs
from app.messages import service as messages
from app.messages.vocabulary import Way
from app.offers import issue
from app.offers import queries as offers
from app.offers import service as answers
from app.offers.lifecycle import OfferEvent, OfferStatus
from app.offers.service import Report
from app.rounds import approval, draw, freeze, run
from app.rounds import queries as rounds
from app.rounds import service as round_verbs
from app.rounds.notice import LIST_FINAL, public_runs
from app.rounds.service import Deadline

DRAW_NAME = "three balls drawn in a hall before notary and parents, read in the order drawn"
POLL_SECONDS = 0.2
HERE = (OfferStatus.ACCEPTED, OfferStatus.WAITING)
CALLS_AT_ONCE = 200
DESTINATION = "外县就读（演示，虚构）"
ANSWERS = {"accept": OfferEvent.ACCEPT, "wait": OfferEvent.WAIT, "decline": OfferEvent.DECLINE}


async def rank_and_freeze(demo: Demonstration) -> None:
    """Publish the masked points list, let objections pass, freeze before a future draw."""
    allocation = demo.staff["allocation"]
    async with demo.timed("rank"):
        async with demo.database.transaction(allocation) as session:
            await round_verbs.rank(session, demo.vault, allocation, demo.round)
        await _bring_forward(demo, Deadline.OBJECTIONS_UNTIL)
    async with demo.timed("freeze"), demo.database.transaction(allocation) as session:
        draw_at = await database_now(session) + timedelta(days=3)
        await freeze.freeze(session, demo.vault, allocation, demo.round, DRAW_NAME, draw_at)


async def enter_draw(demo: Demonstration) -> None:
    """The draw, fictitious as its name says, is entered by two persons."""
    first, second = demo.staff["allocation"], demo.staff["approval"]
    value = "-".join(str(demo.fate.below(10, *demo.entry.label, "draw", ball)) for ball in range(3))
    async with demo.timed("draw"):
        await _bring_forward(demo, Deadline.DRAW_AT)
        async with demo.database.transaction(first) as session:
            act = await draw.propose_draw(session, first, demo.round, value)
        async with demo.database.transaction(second) as session:
            await draw.enter_draw(session, second, act.id, act.digest)


async def allocate(demo: Demonstration, reason: str) -> str:
    """The run is a job of the worker; two persons approve the verified bytes; answers the result's digest."""
    first, second = demo.staff["allocation"], demo.staff["approval"]
    async with demo.timed(f"allocate: {reason}", 100) as advance:
        async with demo.database.transaction(first) as session:
            await run.request_run(session, first, demo.round, reason)
        await _wait_for_run(demo, advance)
    async with demo.timed(f"approve: {reason}"):
        async with demo.database.transaction(first) as session:
            act = await approval.propose_approval(session, first, demo.round)
        async with demo.database.transaction(second) as session:
            await approval.approve(session, second, act.id, act.digest)
        async with demo.database.transaction(first) as session:
            standing = (await rounds.runs_of(session, first, demo.round))[-1]
    assert standing.digest is not None
    return standing.digest


async def _wait_for_run(demo: Demonstration, advance: Advance) -> None:
    officer, shown = demo.staff["allocation"], 0
    while True:
        async with demo.database.transaction(officer) as session:
            standing = (await rounds.runs_of(session, officer, demo.round))[-1]
            job = await jobs.job_by_id(session, officer, standing.job)
        if job.status == "failed" or standing.status == "rejected":
            raise RuntimeError(f"the run ended as {standing.status}, its job as {job.status}: {job.failure}")
        done, total = await demo.cache.progress(str(standing.job)) or (0, 1)
        share = 100 if standing.status == "verified" else 99 * done // total
        advance(share - shown)
        shown = share
        if share == 100:
            return
        await asyncio.sleep(POLL_SECONDS)


async def publish_list(demo: Demonstration, name: str) -> None:
    """Public for objection, then final."""
    officer = demo.staff["allocation"]
    async with demo.timed(f"publish: {name}"):
        async with demo.database.transaction(officer) as session:
            await issue.issue(session, demo.vault, officer, demo.round)
        await _bring_forward(demo, Deadline.OBJECTIONS_UNTIL)
        async with demo.database.transaction(officer) as session:
            await issue.finalise(session, demo.vault, officer, demo.round)


async def answer(demo: Demonstration) -> None:
    """Families answer, singly; who says nothing keeps its place by the round's published rule."""

    def one(family: int) -> Callable[[], Awaitable[None]]:
        async def once() -> None:
            parent = demo.parents[family]
            event = ANSWERS[said[family]]
            place = DESTINATION if event is OfferEvent.DECLINE else None
            async with demo.database.transaction(parent) as session:
                for offer in await offers.offers_of_guardian(session, parent.bureau, parent.person):
                    if offer.round == demo.round and offer.status == OfferStatus.OPEN:
                        await answers.answer(session, demo.vault, parent, offer.id, event, place)

        return once

    said = {child.family: child.answer for child in demo.children if child.answer in ANSWERS}
    async with demo.timed("answers", len(said)) as advance:
        await demo.all_at_once((one(family) for family in sorted(said)), advance)


async def reach_the_silent(demo: Demonstration) -> None:
    """An officer calls every family that has not been heard of: silence counts only of those who provably know."""
    officer = demo.staff["casework"]
    async with demo.timed("calls"), demo.database.transaction(officer) as session:
        mine, last = await public_runs(session, officer.bureau, demo.round), None
        while listed := await messages.not_reached(session, officer, LIST_FINAL, None, 0, last, CALLS_AT_ONCE):
            for message in (standing.message for standing in listed):
                if message.object.startswith(tuple(f"place:{run}." for run in mine)):
                    await messages.record_call(session, officer, message.id, Way.PHONE)
            last = listed[-1].message.id


async def end_answers(demo: Demonstration) -> None:
    officer = demo.staff["allocation"]
    await reach_the_silent(demo)
    await _bring_forward(demo, Deadline.ANSWERS_UNTIL)
    async with demo.database.transaction(officer) as session:
        await issue.end_answers(session, officer, demo.round)


async def later_pass(demo: Demonstration) -> str:
    """Seats given up go to those who wait; answers the digest."""
    officer = demo.staff["allocation"]
    async with demo.timed("later pass"), demo.database.transaction(officer) as session:
        await issue.later_pass(session, officer, demo.round)
    return await allocate(demo, "later pass")


async def report(demo: Demonstration) -> None:
    """Each school's office reports arrivals by list; arrived children become pupils."""
    schools = [school.id for school in demo.county.schools]
    async with demo.timed("arrivals", len(schools)) as advance:
        for school in schools:
            office = demo.staff[f"school:{school}"]
            async with demo.database.transaction(office) as session:
                held = await offers.offers_of_school(session, office.bureau, demo.round, school, None, 10_000)
                listed = [_report(offer.id) for offer in held if offer.status in HERE]
                if listed:
                    await answers.report(session, office, school, listed)
                    demo.arrived.update(offer.programme for offer in held if offer.status in HERE)
            advance(1)


async def count_kindergartens(demo: Demonstration) -> None:
    """The registrar brings the register of enrolment, of which the shares are reckoned."""
    async with demo.timed("enrolment"):
        await import_file(demo.database, demo.staff["registrar"], counts(demo.fate, demo.entry, demo.arrived))


def _report(offer: UUID) -> Report:
    return Report(offer, OfferEvent.REPORT_ARRIVED)


async def _bring_forward(demo: Demonstration, deadline: Deadline) -> None:
    officer = demo.staff["allocation"]
    async with demo.database.transaction(officer) as session:
        await round_verbs.bring_forward(session, officer, demo.round, deadline)
