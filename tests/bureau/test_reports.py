"""The report of a round over HTTP: four families and three seats, of which the fourth family has none."""

import csv
import io
from typing import Any

import pytest
from httpx import Response
from python_calamine import CalamineWorkbook

from app.clock import uuid7
from app.offers.lifecycle import OfferEvent
from tests.conftest import Api
from tests.county import County
from tests.offers.passes import Passes

READ = "api:provision:read_children"


async def get(api: Api, county: County, who: str, path: str, **query: Any) -> Response:
    return await api.client.get(path, params=query, headers=await api.sign_in(county.world.bureau, who))


async def report(api: Api, passes: Passes) -> Any:
    answer = await get(api, passes.county, "registrar", f"/rounds/{passes.round}/provision")
    assert answer.status_code == 200
    return answer.json()


async def become(passes: Passes, name: str, status: str) -> None:
    """Move a family's newest offer by hand, where the report alone is asked."""
    offer = await passes.offer(name)
    await passes.sql("casework", "UPDATE offer SET status = :status WHERE id = :id", status=status, id=offer.id)


async def test_numerator_denominator_bands_funnel_towns_schools_and_missing_seats(api: Api, final: Passes) -> None:
    told = await report(api, final)
    everyone = told["everyone"]
    assert (everyone["numerator"], everyone["denominator"], everyone["percent"]) == (3, 4, "75.00")
    assert everyone["complete"] is False and everyone["undetermined"] == everyone["beyond_limit"] == 0
    assert sum(everyone["bands"].values()) == 3
    assert everyone["funnel"] == {
        "known": None,
        "applied": 4,
        "eligible": 4,
        "offered": 3,
        "accepted": 0,
        "arrived": 0,
        "deferred": 0,
    }
    assert told["missing_seats"] == told["children_behind_the_difference"] == 1
    assert sum(town["denominator"] for town in told["by_town"].values()) == 4
    assert {name: row["free"] for name, row in told["by_school"].items()} == dict.fromkeys(
        ("虚构小学s1", "虚构小学s2", "虚构小学s3"), 0
    )


async def test_answers_move_the_funnel_and_never_the_rate(api: Api, final: Passes) -> None:
    await final.answer("first", OfferEvent.DECLINE)
    await final.answer("second", OfferEvent.ACCEPT)
    told = await report(api, final)
    assert (told["everyone"]["percent"], told["everyone"]["funnel"]["accepted"]) == ("75.00", 1)
    assert told["by_school"]["虚构小学s1"] == {"seats": 1, "taken": 0, "free": 1}


@pytest.mark.parametrize("status", ["withdrawn", "void", "superseded"])
async def test_an_offer_that_no_longer_stands_is_no_offer(api: Api, final: Passes, status: str) -> None:
    if status == "withdrawn":
        await final.withdraw("third")
    else:
        await become(final, "third", status)
    told = (await report(api, final))["everyone"]
    assert (told["numerator"], told["denominator"], told["funnel"]["offered"]) == (2, 4, 2)


async def test_of_several_offers_the_newest_standing_one_counts(api: Api, final: Passes) -> None:
    await become(final, "third", "superseded")
    await final.write_offer("third", "s1", "open")
    told = await report(api, final)
    assert told["everyone"]["funnel"]["offered"] == 3
    assert (told["by_school"]["虚构小学s1"]["taken"], told["by_school"]["虚构小学s3"]["taken"]) == (2, 0)


async def test_a_place_beyond_the_limit_and_an_undetermined_case_are_behind_the_difference(
    api: Api, approved: Passes
) -> None:
    await approved.sql("allocation", "UPDATE admission_round SET distance_limit_m = 150")
    await approved.issue()
    await become(approved, "third", "void")
    third = approved.families[2].application
    await approved.sql("casework", "UPDATE application SET outcome = 'undetermined' WHERE id = :id", id=third)
    told = (await report(api, approved))["everyone"]
    assert (told["numerator"], told["denominator"], told["beyond_limit"], told["undetermined"]) == (1, 4, 1, 1)
    answer = await get(api, approved.county, "casework", f"/rounds/{approved.round}/provision/children")
    reasons = {row["application"]: row["reason"] for row in answer.json()["children"]}
    assert reasons == {
        str(approved.families[1].application): "beyond_limit",
        str(third): "undetermined",
        str(approved.families[3].application): "no_place",
    }


async def test_a_withdrawn_application_is_counted_nowhere(api: Api, final: Passes) -> None:
    fourth = final.families[3].application
    await final.sql("casework", "UPDATE application SET status = 'withdrawn' WHERE id = :id", id=fourth)
    told = await report(api, final)
    assert told["everyone"]["percent"] == "100.00" and told["everyone"]["complete"] is True


async def test_seats_settled_before_the_draw_are_not_counted_as_seats(api: Api, final: Passes) -> None:
    await final.sql(
        "casework",
        "INSERT INTO seat_settlement VALUES (:bureau, gen_random_uuid(), 'r-s1', 5, 1, 'fictitious decision')",
    )
    assert (await report(api, final))["by_school"]["虚构小学s1"]["seats"] == 0


async def test_the_tables_read_back_from_csv_and_workbook(api: Api, final: Passes) -> None:
    path = f"/rounds/{final.round}/provision"
    sheet, book = [await get(api, final.county, "auditor", f"{path}.{kind}") for kind in ("csv", "xlsx")]
    assert sheet.headers["content-disposition"] == 'attachment; filename="provision.csv"'
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8" and sheet.headers["cache-control"] == "no-store"
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert rows[2][:5] == ["全县 county", "全部 all", "3", "4", "75.00"] and len(rows) == 3 + 2
    cells = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_name("provision").to_python()
    assert [[str(cell).removesuffix(".0") for cell in row] for row in cells] == rows


async def test_a_towns_name_that_is_a_formula_runs_nowhere(api: Api, final: Passes) -> None:
    await final.sql("registrar", "UPDATE town SET name = :name WHERE id = 't1'", name='=HYPERLINK("//x")\u202e')
    path = f"/rounds/{final.round}/provision.csv"
    rows = list(csv.reader(io.StringIO((await get(api, final.county, "rules", path)).content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[3:]] == ['\'=HYPERLINK("//x")', "虚构镇t2"]


async def test_the_children_behind_come_in_pages_and_each_reading_is_journalled(api: Api, final: Passes) -> None:
    for name in ("first", "second", "third"):
        await become(final, name, "void")
    path, seen, query = f"/rounds/{final.round}/provision/children", [], {"limit": 3}
    for _ in range(2):
        page = (await get(api, final.county, "auditor", path, **query)).json()
        seen += [row["application"] for row in page["children"]]
        query = {"limit": 3, "after": page["next"]} if page["next"] else {}
    assert query == {} and seen == sorted(str(family.application) for family in final.families)
    await get(api, final.county, "casework", path)
    journal = await final.sql(
        "auditor",
        "SELECT role, object, before, after FROM journal_entry WHERE action = :action ORDER BY id",
        action=READ,
    )
    about = (f"round:{final.round}", "-", "read")
    assert [tuple(row) for row in journal] == [("auditor", *about), ("auditor", *about), ("casework", *about)]


@pytest.mark.parametrize("path", ["provision", "provision.csv", "provision.xlsx", "provision/children"])
async def test_a_round_that_is_not_there_has_no_report(api: Api, county: County, path: str) -> None:
    answer = await get(api, county, "auditor", f"/rounds/{uuid7()}/{path}")
    assert answer.status_code == 404 and answer.json()["code"] == "access.not_found"


@pytest.mark.parametrize("path", ["provision", "provision.csv", "provision.xlsx", "provision/children"])
async def test_reports_are_for_the_bureau_and_its_children_for_casework_and_audit(
    api: Api, county: County, path: str
) -> None:
    bureau = ("registrar", "rules", "casework", "allocation", "approval", "auditor")
    may = ("casework", "auditor") if path.endswith("children") else bureau
    for who in (*bureau, "parent-1", "school-p01"):
        answer = await get(api, county, who, f"/rounds/{county.round}/{path}")
        assert answer.status_code == (200 if who in may else 403), who
    assert (await api.client.get(f"/rounds/{county.round}/{path}")).status_code == 401


async def test_a_round_without_applications_has_counts_and_no_rate(api: Api, county: County) -> None:
    told = (await get(api, county, "auditor", f"/rounds/{county.round}/provision")).json()
    assert (told["everyone"]["denominator"], told["everyone"]["percent"]) == (0, None)
    assert told["by_school"]["虚构小学s1"]["seats"] == 40 and told["by_town"] == {}
