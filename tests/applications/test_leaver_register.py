"""The register of primary leavers: files read by line and column, numbers digested and never kept."""

import pytest
from sqlalchemy import text

from app.applications import leaver_register
from app.applications.leaver_register import LeaversFile, LeaversReport
from app.errors import ServiceError
from tests.applications.junior import YEAR, bring, leavers_csv, listed, number, open_junior_round
from tests.applications.office import Office

ONE, TWO = f"{number(1)},s1", f"{number(2)},s2"
KINDS = "number,number_kind,primary"
REFUSED = [
    (leavers_csv(ONE, f"{number(2)[:-1]}Y,s2"), "number_wrong", 3, "number"),
    (leavers_csv(ONE, f"{number(2)[:-2]},s2"), "number_wrong", 3, "number"),
    (leavers_csv("1,s1"), "number_wrong", 2, "number"),
    (leavers_csv("虚构儿童甲乙丙,s1"), "number_wrong", 2, "number"),
    (leavers_csv(f"{number(1)},hmt,s1", header=KINDS), "number_wrong", 2, "number"),
    (leavers_csv(f"{number(1)},foreign,s1", header=KINDS), "number_wrong", 2, "number"),
    (leavers_csv(f"{number(1)},passport,s1", header=KINDS), "choice", 2, "number_kind"),
    (leavers_csv(ONE, f"{number(1)},s2"), "twice", 3, "number"),
    (leavers_csv(ONE, f"{number(1)[:6]} {number(1)[6:]},s1"), "twice", 3, "number"),
    (leavers_csv(ONE, f"{number(2)},nowhere"), "unknown_school", 3, "primary"),
    (leavers_csv(f"{number(1)},j1"), "stage_not_offered", 2, "primary"),
    (leavers_csv(f"{number(1)},"), "required", 2, "primary"),
    (leavers_csv(f"虚构儿童甲,{ONE}", header="name,number,primary"), "header_unknown", 1, None),
    (leavers_csv(number(1), header="number"), "header_missing", 1, "primary"),
    (b"", "empty_file", None, None),
]
REASONS = {case[1] for case in REFUSED}


@pytest.fixture
async def junior(office: Office) -> Office:
    await open_junior_round(office.county)
    return office


async def try_file(office: Office, data: bytes, who: str = "registrar", year: int = YEAR) -> LeaversReport:
    report: LeaversReport = await office.do(who, leaver_register.dry_run, LeaversFile(year, "fictitious.csv", data))
    return report


async def test_a_wrong_file_is_refused_by_line_and_column_and_repeats_no_number(junior: Office) -> None:
    for data, reason, line, column in REFUSED:
        report = await try_file(junior, data)
        found = [(problem.reason, problem.line, problem.column) for problem in report.problems]
        assert (reason, line, column) in found and report.digest is None, (reason, found)
        assert number(1)[:-2] not in str([(p, p.words()) for p in report.problems]) + str(report)
        with pytest.raises(ServiceError, match=r"schools\.import_refused"):
            await junior.do("registrar", leaver_register.apply, LeaversFile(YEAR, "x", data), "0" * 64)
    assert await listed(junior) == []


async def test_a_file_adds_moves_and_leaves_the_rest_as_it_stands(junior: Office) -> None:
    first = await bring(junior, leavers_csv(ONE, TWO))
    assert (first.rows, first.added, first.moved, first.unchanged) == (2, 2, 0, 0)
    second = await bring(junior, leavers_csv(f"{number(1)},n9", f"{number(3)},s1"))
    assert (second.added, second.moved, second.unchanged) == (1, 1, 0)
    again = await bring(junior, leavers_csv(f"{number(1)},n9", f"{number(3)},s1"))
    assert (again.added, again.moved, again.unchanged) == (0, 0, 2)
    assert sorted(row.primary for row in await listed(junior)) == ["n9", "s1", "s2"]
    assert (await bring(junior, leavers_csv(ONE), year=2025)).added == 1
    moved = next(row for row in await listed(junior) if row.primary == "n9")
    steps = await junior.rows(
        "SELECT action, before, after FROM journal_entry WHERE object = :o ORDER BY id", "auditor",
        o=f"primary_leaver:{moved.id}",
    )  # fmt: skip
    assert [(row.before, row.after) for row in steps] == [("absent", "s1"), ("s1", "n9")]


async def test_what_is_kept_and_journalled_holds_no_number(junior: Office) -> None:
    await bring(junior, leavers_csv(f"{number(1)},citizen,s1", "E12345678,foreign,s2", header=KINDS))
    rows = await listed(junior)
    assert [(row.primary, row.number_kind, len(row.lookup)) for row in rows] == [
        ("s1", "citizen", 33),
        ("s2", "foreign", 33),
    ]
    kept = str([tuple(row) for row in rows])
    kept += str(await junior.rows("SELECT e::text FROM journal_entry e", "auditor"))
    assert number(1)[:-2] not in kept and "E12345678" not in kept


async def test_applying_needs_the_digest_of_this_file_year_and_register(junior: Office) -> None:
    data = leavers_csv(ONE)
    digest = (await try_file(junior, data)).digest
    for file in (LeaversFile(YEAR, "x", leavers_csv(TWO)), LeaversFile(YEAR - 1, "x", data)):
        with pytest.raises(ServiceError, match=r"schools\.import_changed"):
            await junior.do("registrar", leaver_register.apply, file, digest)
    await bring(junior, data)
    with pytest.raises(ServiceError, match=r"schools\.import_changed"):
        await junior.do("registrar", leaver_register.apply, LeaversFile(YEAR, "x", data), digest)


@pytest.mark.parametrize("who", ["casework", "rules", "allocation", "approval", "auditor"])
async def test_the_registrar_alone_brings_a_file(office: Office, who: str) -> None:
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await try_file(office, leavers_csv(ONE), who)


async def test_whoever_is_not_of_the_bureau_does_not_see_it(junior: Office) -> None:
    await bring(junior, leavers_csv(ONE))
    parent = await junior.county.parent("parent-1")
    seen = {}
    actors = {name: junior.staff(name) for name in ("registrar", "casework", "rules", "allocation", "office-s1")}
    for name, actor in (actors | {"parent": parent}).items():
        async with junior.database.transaction(actor) as session:
            seen[name] = (await session.execute(text("SELECT count(*) FROM primary_leaver"))).scalar_one()
    assert {name for name, count in seen.items() if count} == {"registrar", "casework", "rules", "allocation"}
