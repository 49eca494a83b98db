"""A points list published anew is told to the families of whom it says something else, and to nobody besides."""

from typing import Any

import pytest

from app.applications import casework, queries
from app.applications.casework import Check
from app.applications.lifecycle import EvidenceEvent
from app.rounds import service
from app.rounds.points_list import changed
from tests.conftest import Api
from tests.offers.passes import NAMES, Passes
from tests.offers.private_schools import Public
from tests.offers.test_notices import told, words

HEADER = b"school,applicant,level,points\n"


@pytest.fixture
async def ranked(passes: Passes) -> Public:
    """The points list of three families stands for objection."""
    public = Public(**{**vars(passes), "families": []})
    await public.plan()
    await public.reach("open", after="planned")
    await public.apply(*NAMES[:3])
    await public.close()
    await public.sealed("allocation", service.rank, public.round)
    return public


async def rank_anew(public: Public) -> None:
    await public.sealed("allocation", service.rank, public.round)


async def refute(public: Public, name: str) -> None:
    """What the family said of its flat was wrong after all."""
    actor, application = public.staff("casework"), public.families[NAMES.index(name)].application
    async with public.database.transaction(actor) as session:
        kinds = (await queries.checks_of(session, actor.bureau, [application]))[application]
        checks = [Check(application, kind, EvidenceEvent.REFUSE) for kind in kinds if kind == "home"]
        assert checks, kinds
        await casework.check_evidence(session, public.vault, actor, public.round, checks)


async def test_the_first_list_is_told_to_nobody_and_a_correction_to_its_family_once(ranked: Public, api: Api) -> None:
    assert await told(ranked) == []
    await ranked.do("casework", service.rectify, ranked.round)
    await refute(ranked, "second")
    already = await told(ranked)
    await rank_anew(ranked)
    assert (
        await told(ranked, "points_changed") == [("points_changed", 1)] and len(await told(ranked)) <= len(already) + 1
    )
    zh, en = await words(ranked, api, "parent-2", "points_changed")
    assert "虚构儿童second" in zh and "corrected" in en and "until" in en
    await ranked.do("casework", service.rectify, ranked.round)
    await rank_anew(ranked)
    assert await told(ranked, "points_changed") == [("points_changed", 1)]


def rows(*lines: bytes) -> Any:
    return HEADER + b"\n".join((*lines, b""))


def test_a_row_that_moves_because_of_others_is_the_same_and_a_right_more_or_less_is_not() -> None:
    before = rows(b"s1,aa,1,0", b"s1,bb,2,5", b",aa,9,0", b",bb,9,5")
    assert changed(before, rows(b"s1,bb,2,5", b"s1,aa,3,0", b",bb,9,5", b",aa,9,0")) == {"aa"}
    assert changed(before, rows(b"s1,bb,2,5", b",bb,9,5", b",aa,9,0", b"s1,cc,1,0", b",cc,9,0")) == {"aa"}
    assert changed(before, rows(b",bb,9,5", b"s1,bb,2,5")) == frozenset()
    assert changed(before, before.replace(b"level,points", b"points,level")) == {"aa", "bb"}
