"""Every verb out of turn is refused, and nothing is written; who may not do it learns nothing else."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.accounts import two_person
from app.actor import Actor
from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.rounds import draw, freeze, publish, run, service
from app.rounds.annulment import ANNUL
from app.rounds.approval import APPROVE
from app.rounds.deadlines import EXTEND
from app.rounds.draw import ENTER
from app.rounds.lifecycle import BEFORE_PROPOSED, ROUND, RoundEvent, RoundStatus
from app.rounds.rows import about
from app.rounds.service import Document
from tests.rounds.life import REASON, Life

E = RoundEvent
# verb → officer, the event it fires, and how it is called with a round or with an act about it
VERBS: dict[str, tuple[str, RoundEvent, Callable[[Life, dict[str, UUID]], Awaitable[Any]]]] = {
    "put_documents": ("rules", E.PUBLISH, lambda life, acts: life.do("rules", service.put_documents, life.round, NONE)),
    "publish": ("rules", E.PUBLISH, lambda life, acts: life.do("rules", service.publish_information, life.round)),
    "open": ("rules", E.OPEN, lambda life, acts: life.do("rules", service.open_round, life.round)),
    "close": ("allocation", E.CLOSE, lambda life, acts: life.do("allocation", service.close_round, life.round)),
    "rank": ("allocation", E.RANK, lambda life, acts: life.sealed("allocation", service.rank, life.round)),
    "rectify": ("casework", E.RECTIFY, lambda life, acts: life.do("casework", service.rectify, life.round)),
    "freeze": ("allocation", E.FREEZE, lambda life, acts: life.freeze()),
    "unfreeze": (
        "allocation",
        E.UNFREEZE,
        lambda life, acts: life.do("allocation", freeze.unfreeze, life.round, REASON),
    ),
    "propose_draw": (
        "allocation",
        E.DRAW,
        lambda life, acts: life.do("allocation", draw.propose_draw, life.round, "1"),
    ),
    "enter_draw": ("approval", E.DRAW, lambda life, acts: life.do("approval", draw.enter_draw, acts[ENTER], ZERO)),
    "run": ("allocation", E.RUN, lambda life, acts: life.do("allocation", run.request_run, life.round, REASON)),
    "propose_approval": (
        "allocation",
        E.APPROVE,
        lambda life, acts: life.do("allocation", publish.propose_approval, life.round),
    ),
    "approve": ("approval", E.APPROVE, lambda life, acts: life.do("approval", publish.approve, acts[APPROVE], ZERO)),
    "propose": ("approval", E.PROPOSE, lambda life, acts: life.do("approval", publish.propose, life.round)),
    "propose_annulment": (
        "allocation",
        E.ANNUL,
        lambda life, acts: life.do("allocation", publish.propose_annulment, life.round, REASON),
    ),
    "annul": ("approval", E.ANNUL, lambda life, acts: life.do("approval", publish.annul, acts[ANNUL], ZERO)),
    "finalise": ("allocation", E.FINALISE, lambda life, acts: life.do("allocation", publish.finalise, life.round)),
    "end_answers": (
        "allocation",
        E.END_ANSWERS,
        lambda life, acts: life.do("allocation", publish.end_answers, life.round),
    ),
    "later_pass": (
        "allocation",
        E.LATER_PASS,
        lambda life, acts: life.do("allocation", freeze.later_pass, life.round, set(), {}),
    ),
    "conclude": ("allocation", E.CONCLUDE, lambda life, acts: life.do("allocation", publish.conclude, life.round)),
}
NONE: list[Document] = []
ZERO = "0" * 64
# Casework may rectify; an act is found by those alone whom it concerns.
ON_A_ROUND = sorted(VERBS.keys() - {"rectify", "enter_draw", "approve", "annul"})


async def acts_about(life: Life) -> dict[str, UUID]:
    acts = {}
    for kind in (EXTEND, ENTER, APPROVE, ANNUL):
        made = await life.do(
            "allocation",
            two_person.propose,
            kind,
            about(life.round),
            {"value": "1", "reason": REASON},
            ("approval", "allocation"),
        )
        acts[kind] = made.id
    return acts


async def test_every_verb_is_refused_in_every_state_that_does_not_know_its_event(life: Life) -> None:
    await life.plan()
    acts = await acts_about(life)
    refused = 0
    for status in RoundStatus:
        await life.sql("rules", "UPDATE admission_round SET status = :now WHERE id = :id", now=status, id=life.round)
        for name, (who, event, call) in VERBS.items():
            if (status, event) in ROUND.table:
                continue
            with pytest.raises(TransitionRefused) as refusal:
                await call(life, acts)
            outsider = who not in ("allocation", "approval")
            assert refusal.value.event is event, name
            assert refusal.value.state == ("drawn" if outsider and status in BEFORE_PROPOSED else status)
            refused += 1
        assert (await life.row()).status is status
    assert refused == sum((s, e) not in ROUND.table for s in RoundStatus for _, e, _ in VERBS.values())


@pytest.mark.parametrize("who", ["registrar", "auditor", "casework-2", "office-s1", "parent-1"])
async def test_whoever_may_not_do_it_is_told_so_in_every_state_alike(life: Life, who: str) -> None:
    await life.plan()
    staff = life.county.world.staff
    stranger = await life.county.parent(who) if who == "parent-1" else staff[who]
    for status in (RoundStatus.PLANNED, RoundStatus.VERIFIED, RoundStatus.CONCLUDED):
        await life.sql("rules-2", "UPDATE admission_round SET status = :now WHERE id = :id", now=status, id=life.round)
        officers = dict(staff)
        staff.update(rules=stranger, allocation=stranger, approval=stranger)
        for name in ON_A_ROUND:
            with pytest.raises(ServiceError) as refusal:
                await VERBS[name][2](life, {})
            assert refusal.value.code == "access.forbidden", name
        staff.update(officers)


async def test_nobody_of_another_bureau_finds_the_round(life: Life) -> None:
    await life.plan()
    foreign = Actor("999999", UUID(int=5), UUID(int=5), ("999999",), ("allocation", "approval", "rules"), source="test")
    for verb in (service.open_round, publish.propose, publish.finalise):
        with pytest.raises(ServiceError, match=r"access\.not_found"):
            async with life.database.transaction(foreign) as session:
                await verb(session, foreign, life.round)
    later = await life.now() + timedelta(days=1)
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        async with life.database.transaction(foreign) as session:
            await service.propose_extension(session, foreign, life.round, later, REASON)
