"""The small county with a junior round: two junior schools, a nine-year school, and what each primary school feeds."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.accounts.models import Organisation
from app.applications import leaver_register, numbers, rulesets
from app.applications.form import Form
from app.applications.leaver_register import LeaversFile, LeaversReport
from app.clock import uuid7
from app.eligibility.ruleset import RULESETS
from app.rounds.models import AdmissionRound
from app.schools.models import Catchment, Feeder, Programme, School
from tests.applications.office import Office
from tests.county import AS_OF, LOCAL, SINCE, County, form

JUNIOR = {"j1": ("t1", 300, ["junior"]), "j2": ("t2", 9200, ["junior"]), "n9": ("t2", 9900, ["primary", "junior"])}
CATCHMENTS = {"c1": ("j1",), "c2": ("j1",), "c3": ("j2", "n9"), "c4": ("j2",)}
FEEDERS = [("s1", "j1"), ("s2", "j1"), ("s2", "j2"), ("s3", "j2"), ("n9", "n9")]
YEAR = 2026
# Registered elsewhere, in the county for years of school: nothing else is asked of the family.
NEWCOMER: dict[str, Any] = {"registration": {"place": "elsewhere", "kind": "family", "with_parents": True}}


async def open_junior_round(county: County) -> None:
    """From now on the county's round is that for grade 7."""
    world, county.round = county.world, uuid7()
    async with world.database.transaction(world.founder()) as session:
        for name, (town, east, stages) in JUNIOR.items():
            place: dict[str, Any] = {
                "town": town,
                "east_m": east,
                "north_m": 0,
                "valid_from": SINCE,
                "fictitious": True,
            }
            session.add(Organisation(bureau=world.bureau, id=name, kind="school", name=f"虚构初中{name}"))
            await session.flush()
            session.add(
                School(bureau=world.bureau, id=name, name=f"虚构初中{name}", ownership="public", stages=stages, **place)
            )
        await session.flush()
        since: dict[str, Any] = {"bureau": world.bureau, "valid_from": SINCE, "fictitious": True}
        for community, schools in CATCHMENTS.items():
            session.add_all(Catchment(stage="junior", community=community, school=name, **since) for name in schools)
        session.add_all(Feeder(primary=primary, junior=junior, **since) for primary, junior in FEEDERS)
    await _activate_rules(county)
    await _open(county)


async def _activate_rules(county: County) -> None:
    staff, database = county.world.staff, county.world.database
    async with database.transaction(staff["rules"]) as session:
        await rulesets.upload(session, staff["rules"], (RULESETS / "junior-2026.toml").read_text(encoding="utf-8"))
        act = await rulesets.propose_activation(session, staff["rules"], "junior-2026")
    async with database.transaction(staff["rules-2"]) as session:
        await rulesets.activate(session, staff["rules-2"], act.id, act.digest)


async def _open(county: County) -> None:
    bureau, now = county.world.bureau, datetime.now(UTC)
    async with county.world.database.transaction(county.world.staff["rules"]) as session:
        session.add(
            AdmissionRound(
                bureau=bureau,
                id=county.round,
                code=f"{bureau}-2026-junior",
                stage="junior",
                year=YEAR,
                title_zh="虚构县2026年初中招生",
                title_en="Fictitious county, grade 7, 2026",
                ruleset="junior-2026",
                as_of=AS_OF,
                status="open",
                opens_at=now - timedelta(hours=1),
                closes_at=now + timedelta(hours=1),
                demonstration=True,
            )
        )
        await session.flush()
        for name in JUNIOR:
            plan: dict[str, Any] = {"round": county.round, "school": name, "grade": 7, "classes": 1, "class_size": 40}
            session.add(Programme(bureau=bureau, id=f"2026-g7-{name}", fictitious=True, **plan))


def number(child: int) -> str:
    """The citizen's number of the fictitious child of that count, born on 15 March 2014."""
    body = f"99042420140315{child:03}"
    return body + numbers.check_digit(body)


def leaving(school: str | None, child: int | None = None, facts: dict[str, Any] = LOCAL, **changes: Any) -> Form:
    """A form for grade 7 of a child that leaves this primary school of the county (None: one elsewhere)."""
    leaver = {"kind": "elsewhere"} if school is None else {"kind": "county", "school": school}
    particulars: dict[str, Any] = {"born_on": "2014-03-15"}
    if child is not None:
        particulars |= {"number_kind": "mainland", "number": number(child)}
    whole = {"child": particulars, "facts": {**facts, "leaver": leaver}, "preferences": [], **changes}
    return form(f"虚构儿童{child or 0}", **whole)


def leavers_csv(*lines: str, header: str = "number,primary") -> bytes:
    return "\n".join((header, *lines, "")).encode()


async def bring(office: Office, data: bytes, year: int = YEAR) -> LeaversReport:
    """Dry run and apply a file of leavers."""
    file = LeaversFile(year, "fictitious.csv", data)
    shown = await office.do("registrar", leaver_register.dry_run, file)
    assert not shown.problems, shown.problems
    applied: LeaversReport = await office.do("registrar", leaver_register.apply, file, shown.digest)
    return applied


async def listed(office: Office) -> list[Any]:
    """The register of leavers as it stands."""
    async with office.database.transaction(office.staff("registrar")) as session:
        return list((await session.execute(text('SELECT * FROM primary_leaver ORDER BY "primary", lookup'))).all())
