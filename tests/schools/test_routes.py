"""The register as callers meet it: public reads, and the officers' acts."""

from datetime import date
from typing import Any

import pytest
from httpx import Response

from app.schools.layouts import Kind
from tests.conftest import Api
from tests.schools.register import CATCHMENTS, COMMUNITIES, PROGRAMMES, SCHOOLS, Register, csv_of, move_round, xlsx_of


async def read(api: Api, register: Register, path: str, **query: Any) -> Any:
    answer = await api.client.get(f"/bureaus/{register.bureau}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def send(
    api: Api, register: Register, who: str, path: str, data: bytes, name: str = "schools.csv", **form: str
) -> Response:
    headers = await api.sign_in(register.bureau, who)
    return await api.client.post(f"/imports/{path}", headers=headers, files={"file": (name, data)}, data=form)


async def test_anyone_reads_schools_page_by_page_as_they_stand_on_a_date(api: Api, standing_register: Register) -> None:
    first = await read(api, standing_register, "schools", on="2026-09-01", limit=3)
    second = await read(api, standing_register, "schools", on="2026-09-01", limit=3, after=first["next"])
    assert [school["id"] for school in (*first["schools"], *second["schools"])] == ["k1", "n1", "p1", "p2"]
    assert second["next"] is None and all(school["fictitious"] for school in first["schools"])
    kindergarten, later = first["schools"][0], await read(api, standing_register, "schools", on="2028-01-01")
    assert (kindergarten["inclusive"], kindergarten["kindergarten_level"]) == (True, 1)
    assert [school["id"] for school in later["schools"]] == ["k1", "p1", "p2"]


async def test_anyone_reads_towns_communities_and_catchments(api: Api, standing_register: Register) -> None:
    towns = {on: await read(api, standing_register, "towns", on=on) for on in ("2018-09-16", "2018-09-17")}
    assert [[town["id"] for town in rows] for rows in towns.values()] == [
        ["330424001", "330424003"],
        ["330424001", "330424005"],
    ]
    page = await read(api, standing_register, "communities", on="2024-01-01", limit=2)
    assert [c["id"] for c in page["communities"]] == ["c1", "c2"] and page["next"] == "c2"
    page = await read(api, standing_register, "catchments/primary", on="2024-01-01", after="c2")
    assert page == {"catchments": [{"community": "c3", "schools": ["p1", "p2"], "fictitious": True}], "next": None}


async def test_anyone_reads_which_junior_schools_a_primary_school_feeds(api: Api, standing_register: Register) -> None:
    rows = await read(api, standing_register, "feeders", on="2026-09-01")
    assert rows == [{"primary": name, "juniors": ["p2"], "fictitious": True} for name in ("p1", "p2")]


async def test_without_a_date_today_s_register_is_read(api: Api, standing_register: Register) -> None:
    today = date.today()  # noqa: DTZ011
    assert await read(api, standing_register, "towns") == await read(api, standing_register, "towns", on=str(today))


async def test_anyone_reads_seats_but_not_the_decisions_behind_them(api: Api, register: Register) -> None:
    headers = await api.sign_in(register.bureau, "casework")
    body = {"seats": 1, "class_reduction": 2, "decision": "HJT-2026-003"}
    settled = await api.client.post("/programmes/p1-2026/settlements", headers=headers, json=body)
    assert settled.status_code == 201 and {k: settled.json()[k] for k in body} == body
    programmes = await read(api, register, f"rounds/{register.round}/programmes")
    assert programmes[0] == {
        "id": "p1-2026",
        "school": "p1",
        "grade": 1,
        "age_class": "",
        "open_to": "anyone",
        "payer": "family",
        "fee_fen": 0,
        "classes": 4,
        "class_size": 45,
        "seats": 177,
        "fictitious": True,
    }
    assert "HJT" not in str(programmes)
    await move_round(register.world, register.round, "frozen")
    refused = await api.client.post("/programmes/p1-2026/settlements", headers=headers, json=body)
    assert refused.status_code == 409 and refused.json()["code"] == "schools.round_frozen"


@pytest.mark.parametrize(("write", "name"), [(csv_of, "schools.csv"), (xlsx_of, "schools.xlsx")])
async def test_an_officer_tries_a_file_confirms_its_digest_and_the_register_changes(
    api: Api, register: Register, write: Any, name: str
) -> None:
    data = write([SCHOOLS[0], ["p3", "虚构三小", *SCHOOLS[1][2:]]])
    shown = await send(api, register, "registrar", "schools/dry-run", data, name)
    report = shown.json()
    assert shown.status_code == 200 and report["file"] == name and report["problems"] == []
    assert report["added"][0]["fields"]["name"] == {"before": None, "after": "虚构三小"}
    assert report["absent"] == ["k1", "n1", "p1", "p2"]
    applied = await send(api, register, "registrar", "schools", data, name, digest=report["digest"])
    assert applied.status_code == 200 and applied.json() == report
    assert "p3" in {row["id"] for row in await register.rows("school")}
    again = await send(api, register, "registrar", "schools", data, name, digest=report["digest"])
    assert again.status_code == 409 and again.json()["code"] == "schools.import_changed"


async def test_every_problem_is_told_in_both_languages_and_the_first_on_applying(
    api: Api, standing_register: Register
) -> None:
    grid = [COMMUNITIES[0], [*COMMUNITIES[1]], [*COMMUNITIES[2]]]
    grid[1][3], grid[2][2] = "-1", "330424003"
    report = (await send(api, standing_register, "registrar", "communities/dry-run", csv_of(grid))).json()
    assert [(p["line"], p["column"], p["reason"]) for p in report["problems"]] == [
        (2, "lon", "longitude"),
        (3, "town", "town_ended"),
    ]
    assert all(p["zh"] and p["en"] and p["remedy_zh"] and p["remedy_en"] for p in report["problems"])
    assert report["digest"] is None
    refused = await send(api, standing_register, "registrar", "communities", csv_of(grid), digest="0" * 64)
    problem = refused.json()
    assert refused.status_code == 422 and problem["code"] == "schools.import_refused" and problem["field"] == "lon"
    assert "第2行" in problem["title"] and "共2处" in problem["title"] and "经度" in problem["title"]


async def test_a_file_in_gbk_is_refused_with_what_to_do(api: Api, standing_register: Register) -> None:
    answer = await send(api, standing_register, "registrar", "schools/dry-run", csv_of(SCHOOLS, "gbk"))
    (problem,) = answer.json()["problems"]
    assert problem["reason"] == "not_utf8" and "UTF-8" in problem["remedy_zh"] and "UTF-8" in problem["remedy_en"]


async def test_programmes_are_imported_for_a_round_by_the_keeper_of_the_rules(api: Api, register: Register) -> None:
    grid = [PROGRAMMES[0], [*PROGRAMMES[1][:4], "5", "45", "yes"]]
    unnamed = await send(api, register, "rules", "programmes/dry-run", csv_of(grid))
    assert unnamed.status_code == 422 and unnamed.json()["code"] == "schools.round_missing"
    shown = await send(api, register, "rules", "programmes/dry-run", csv_of(grid), round=str(register.round))
    assert (shown.json()["seats_before"], shown.json()["seats_after"]) == (260, 305)
    form = {"round": str(register.round), "digest": shown.json()["digest"]}
    assert (await send(api, register, "rules", "programmes", csv_of(grid), **form)).status_code == 200
    assert (await read(api, register, f"rounds/{register.round}/programmes"))[0]["seats"] == 225


async def test_a_plan_is_made_by_itself_and_answers_its_flags(api: Api, register: Register) -> None:
    headers = await api.sign_in(register.bureau, "rules")
    body = {"id": "n1-2026", "round": str(register.round), "school": "n1", "grade": 1, "classes": 45, "class_size": 4}
    answer = await api.client.post("/programmes", headers=headers, json=body)
    assert answer.status_code == 200 and [flag["reason"] for flag in answer.json()["flags"]] == ["flag_swapped"]
    unknown = await api.client.post("/programmes", headers=headers, json=body | {"round": str(register.bureau) * 6})
    assert unknown.status_code == 422


@pytest.mark.parametrize(
    ("who", "status"), [(None, 401), ("parent-1", 403), ("casework", 403), ("auditor", 403), ("rules", 403)]
)
async def test_whoever_may_not_import_is_refused_and_nothing_changes(
    api: Api, standing_register: Register, who: str | None, status: int
) -> None:
    register = standing_register
    headers = await api.sign_in(register.bureau, who) if who else {}
    for path, form in (("schools/dry-run", {}), ("schools", {"digest": "0" * 64})):
        file = {"file": ("schools.csv", csv_of(SCHOOLS))}
        answer = await api.client.post(f"/imports/{path}", headers=headers, files=file, data=form)
        assert answer.status_code == status, answer.text
    assert len(await register.rows("school")) == 4


@pytest.mark.parametrize("form", [{}, {"digest": "x"}, {"digest": "0" * 63}])
async def test_applying_needs_a_digest(api: Api, standing_register: Register, form: dict[str, str]) -> None:
    answer = await send(api, standing_register, "registrar", "catchments", csv_of(CATCHMENTS), **form)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "body.digest"


async def test_an_unknown_kind_or_a_vast_body_is_refused(api: Api, standing_register: Register) -> None:
    assert (await send(api, standing_register, "registrar", "pupils/dry-run", csv_of(SCHOOLS))).status_code == 422
    vast = b"school,name\n" + b"x" * 1_000_000
    assert (await send(api, standing_register, "registrar", "schools/dry-run", vast)).status_code == 413


async def test_a_file_s_name_is_repeated_without_what_cannot_be_printed(api: Api, standing_register: Register) -> None:
    name = "学校\u202e\u2028" + "x" * 200 + ".csv"
    report = (await send(api, standing_register, "registrar", "schools/dry-run", csv_of(SCHOOLS), name)).json()
    assert report["file"].startswith("学校x") and len(report["file"]) == 100
    assert report["kind"] == Kind.SCHOOLS and report["unchanged"] == 4
