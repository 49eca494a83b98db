"""Cases in officers' hands, for the stage: held, proposed for refusal, asked of a school, to be corrected. All of it is
fictitious."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from app.applications import casework, submit
from app.applications.queries import held_application, show_to_schools
from app.casework import corrections, holding, site_checks
from app.casework.lifecycle import Task, Work
from app.clock import uuid7
from tests.county import form

if TYPE_CHECKING:
    from tests.access.stage import Stage

REASON = "虚构理由，供测试之用"


async def do_casework(stage: Stage) -> None:
    """What waits for officers, and for a school, about the guardian's children."""
    claimed = stage.objects["application of claimant"]
    stage.objects["hold"] = (await stage.do("casework", holding.take, claimed, Work.CONTRADICTION)).id
    receipt = await stage.sealed(
        stage.people["guardian"], submit.submit, stage.county.round, form("虚构儿童己"), "stage-refused"
    )
    refused = stage.objects["refused application"] = UUID(receipt["application"])
    await stage.sealed(stage.county.world.staff["casework-2"], casework.propose_refusal, refused, REASON)
    async with stage.database.transaction(stage.people["casework"]) as session:
        held = await held_application(session, stage.bureau, refused)
        await show_to_schools(session, stage.bureau, [(refused, held.child, "s1")])
    await _ask_for_correction(stage)
    stage.objects["site check"] = await stage.sealed(
        stage.people["casework"],
        site_checks.ask_school,
        stage.objects["application"],
        "s1",
        Task.ORIGINALS,
        ["home"],
    )


async def _ask_for_correction(stage: Stage) -> None:
    """In a round of its own, which has closed since two children of the guardian applied."""
    closed, guardian = uuid7(), stage.people["guardian"]
    copied = (
        "INSERT INTO admission_round SELECT (jsonb_populate_record(r, jsonb_build_object("
        "'id', CAST(:closed AS uuid), 'code', r.bureau || '-corrected'))).*"
        " FROM admission_round r WHERE r.id = :open"
    )
    async with stage.database.transaction(stage.people["rules"]) as session:
        await session.execute(text(copied), {"closed": closed, "open": stage.county.round})
    made = {}
    for name in ("虚构儿童庚", "虚构儿童辛"):
        receipt = await stage.sealed(guardian, submit.submit, closed, form(name, preferences=[]), f"stage-{name}")
        made[name] = UUID(receipt["application"])
    async with stage.database.transaction(stage.people["rules"]) as session:
        await session.execute(text("UPDATE admission_round SET status = 'closed' WHERE id = :id"), {"id": closed})
    wanted = form("虚构儿童庚", preferences=[], residence_community="c2")
    stage.objects["closed application"] = made["虚构儿童辛"]
    stage.objects["correction"] = await stage.sealed(
        guardian, corrections.request_correction, made["虚构儿童庚"], wanted, REASON
    )
