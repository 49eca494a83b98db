"""The provincial platform: each form once under its number, every line told, and nobody lost by a slip of a file."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.actor import Actor
from app.applications import incoming, incoming_list, platform_import
from app.applications.form import Form
from app.applications.numbers import check_digit
from app.applications.origin import SettledFor
from app.applications.platform_import import LineReport, Taken
from app.errors import ServiceError
from app.offers import platform_report
from app.offers.platform_report import PlatformReport
from tests.applications.office import Office
from tests.county import MIGRANT, form

NUMBER = "99042419900101001X"


def line(number: str, filled: Form | None = None, minutes: int = -5, **changes: Any) -> dict[str, Any]:
    body = (filled or form()).to_json()
    body["facts"].pop("format")
    guardian = {"name": "虚构家长甲", "number_kind": "mainland", "number": NUMBER}
    at = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
    return {"number": number, "submitted_at": at, "guardian": guardian, "form": body} | changes


def parent(index: int) -> dict[str, str]:
    body = f"9904241990010110{index}"
    return {"name": f"虚构家长{index}", "number_kind": "mainland", "number": body + check_digit(body)}


def file(*lines: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in lines).encode()


async def take(office: Office, data: bytes, dry: bool = False, who: str = "casework") -> list[LineReport]:
    verb, actor = platform_import.dry_run if dry else platform_import.apply, office.staff(who)
    async with office.database.transaction(actor) as session:
        return await verb(session, office.vault, actor, office.county.round, data)


async def out(office: Office) -> PlatformReport:
    actor = office.staff("casework")
    async with office.database.transaction(actor) as session:
        return await platform_report.report(session, actor, office.county.round, None, 100)


async def count(office: Office, table: str) -> int:
    async with office.database.transaction(office.staff("casework")) as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_the_same_number_is_answered_the_same_and_another_content_is_not_taken(office: Office) -> None:
    sent = line("SHENG-1")
    (first,) = await take(office, file(sent))
    assert first.taken is Taken.SUBMITTED and first.version == 1
    (again,) = await take(office, file({name: sent[name] for name in sorted(sent)}))
    assert again.taken is Taken.SAME
    named = ("number", "item", "application", "version", "form_digest")
    assert [getattr(again, name) for name in named] == [getattr(first, name) for name in named]
    (other,) = await take(office, file(sent | {"form": line("-", form(preferences=[]))["form"]}))
    assert other.taken is Taken.OTHER_CONTENT and other.version is None
    assert await count(office, "application") == 1 and await count(office, "decision") == 1
    # A correction comes under a number of its own, and is then what counts.
    (corrected,) = await take(office, file(line("SHENG-2", form(preferences=[]), minutes=-1)))
    assert (corrected.application, corrected.version) == (first.application, 2)
    assert [(one.number, one.newest) for one in (await out(office)).lines] == [("SHENG-1", False), ("SHENG-2", True)]


async def test_a_dry_run_tells_every_line_and_leaves_nothing(office: Office) -> None:
    data = file(
        line("SHENG-1"),
        line("SHENG-2", form("虚构儿童乙", preferences=["2026-g1-s9"]), guardian=parent(1)),
        line("SHENG-3", guardian={**parent(2), "number": "990424199001010010"}),
        line("SHENG-1"),
        {"submitted_at": "2026-01-01T00:00:00+08:00"},
        line("SHENG-6", minutes=5),
        line(NUMBER),
    )
    shown = await take(office, data + b"\n{not json}", dry=True)
    assert [(one.line, one.taken.value, [fault.field for fault in one.faults]) for one in shown] == [
        (1, "submitted", []),
        (2, "kept_open", ["preferences.0"]),
        (3, "kept_open", ["guardian.number"]),
        (4, "unreadable", ["number"]),
        (5, "unreadable", ["number"]),
        (6, "unreadable", ["submitted_at"]),
        (7, "unreadable", ["number"]),
        (8, "unreadable", ["-"]),
    ]
    assert "990424199001010010" not in str(shown)
    for table in ("application", "incoming_item", "child", "guardianship"):
        assert await count(office, table) == 0
    with pytest.raises(ServiceError, match=r"platform\.line_unreadable"):
        await take(office, data)
    assert await count(office, "incoming_item") == 0


async def test_a_line_that_cannot_be_submitted_is_an_open_case_until_it_is_mended(office: Office) -> None:
    wrong = line("SHENG-2", form("虚构儿童乙", preferences=["2026-g1-s9"]), guardian=parent(1))
    first, second = await take(office, file(line("SHENG-1"), wrong))
    assert (first.taken, second.taken) == (Taken.SUBMITTED, Taken.KEPT_OPEN)
    (told,) = [one for one in (await out(office)).lines if one.number == "SHENG-2"]
    assert told.state == "incomplete" and told.missing[0].startswith("preferences.0")
    casework = office.staff("casework")
    async with office.database.transaction(casework) as session:
        (waiting,) = await incoming_list.list_items(session, casework, casework.bureau, True, None, 10)
    assert (waiting.number, waiting.status) == ("SHENG-2", "returned")
    right = wrong | {"form": line("-", form("虚构儿童乙"))["form"]}
    (mended,) = await take(office, file(right))
    assert (mended.taken, mended.item) == (Taken.SUBMITTED, second.item)


async def test_the_platforms_time_counts_though_its_file_comes_after_closing(office: Office) -> None:
    closed = datetime.now(UTC) - timedelta(minutes=10)
    await office.county.set_round(status="closed", closes_at=closed)
    in_time = line("SHENG-1", minutes=-20)
    late = line("SHENG-2", form("虚构儿童乙"), minutes=-5, guardian=parent(1))
    first, second = await take(office, file(in_time, late))
    assert (first.taken, second.taken) == (Taken.SUBMITTED, Taken.KEPT_OPEN)
    assert second.faults[0].field == "round"
    # Nobody alone says that it came too late.
    for who, refused in (("casework", True), ("casework-2", False)):
        actor = office.staff(who)
        async with office.database.transaction(actor) as session:
            if refused:
                with pytest.raises(ServiceError, match=r"intake\.same_person"):
                    await incoming.settle(session, actor, _id(second), SettledFor.TOO_LATE)
            else:
                await incoming.settle(session, actor, _id(second), SettledFor.TOO_LATE)
    assert [one.state for one in (await out(office)).lines] == ["missing", "settled"]


async def test_what_goes_out_is_what_the_family_may_know(office: Office) -> None:
    await take(office, file(line("SHENG-1"), line("SHENG-2", form("虚构儿童乙", MIGRANT), guardian=parent(1))))
    (first, second) = (await out(office)).lines
    assert (first.state, first.offer) == ("missing", None) and first.missing
    application = await _application(office, "SHENG-1")
    await office.confirm(application)
    (first, second) = (await out(office)).lines
    assert (first.state, first.outcome, first.missing) == ("decided", "eligible", [])
    assert second.state == "missing"


async def test_only_caseworkers_take_files_in(office: Office) -> None:
    for who in ("registrar", "allocation", "office-s1"):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await take(office, file(line("SHENG-1")), who=who)


async def test_an_officers_own_child_is_left_to_a_colleague(office: Office) -> None:
    casework = office.staff("casework")
    async with office.database.transaction(Actor(casework.bureau, casework.person, casework.account)) as session:
        digest = office.vault.lookup("person", NUMBER)
        await session.execute(text("UPDATE person SET lookup = :digest"), {"digest": digest})
    (kept,) = await take(office, file(line("SHENG-1")))
    assert kept.taken is Taken.KEPT_OPEN
    assert await count(office, "application") == 0


async def _application(office: Office, number: str) -> UUID:
    query = text("SELECT id FROM application WHERE origin = 'platform' AND origin_number = :number")
    async with office.database.transaction(office.staff("casework")) as session:
        return UUID(str((await session.execute(query, {"number": number})).scalar_one()))


def _id(report: LineReport) -> UUID:
    assert report.item is not None
    return report.item
