"""Numbers: which are taken, how they are shown, and to whom."""

from typing import Any

import pytest
from httpx import Response
from sqlalchemy import text

from app.errors import ServiceError
from app.messages.phone import masked, normalised
from tests.conftest import Api
from tests.messages.parlour import Parlour, new_object, notice

GOOD = {
    "13800138000": "+8613800138000",
    "+86 138-0013-8000": "+8613800138000",
    "008613800138000": "+8613800138000",
    "１３８００１３８０００": "+8613800138000",
    "+852 5555 0100": "+85255550100",
    "+853 6655 0100": "+85366550100",
    "+886 0912 345 678": "+886912345678",
    "00886912345678": "+886912345678",
}
BAD = [
    "12800138000",
    "1380013800",
    "138001380000",
    "57388880000",
    "+85212345678",
    "+85328888888",
    "+88621234567",
    "+1 202 555 0100",
    "13800138000;13800138001",
    "１３８００１３８００〇",
    "13800138000\n",
    "not a number at all",
]


@pytest.mark.parametrize(("written", "number"), GOOD.items())
def test_a_number_is_taken_however_it_is_spelled(written: str, number: str) -> None:
    assert normalised(written) == number


@pytest.mark.parametrize("written", BAD)
def test_what_is_no_mobile_number_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(ServiceError) as refused:
        normalised(written)
    assert refused.value.code == "phone.form" and written not in str(refused.value)


@pytest.mark.parametrize(
    ("number", "shown"), [("+8613800138000", "+86 138****8000"), ("+85255550100", "+852 ****0100")]
)
def test_a_number_is_shown_masked(number: str, shown: str) -> None:
    assert masked(number) == shown


async def asked(api: Api, parlour: Parlour, who: str, method: str, path: str, json: Any = None) -> Response:
    headers = await api.sign_in(parlour.world.bureau, who)
    return await api.client.request(method, path, json=json, headers=headers)


async def test_a_person_gives_and_changes_a_number_and_each_change_is_journalled(api: Api, parlour: Parlour) -> None:
    parent = await parlour.parent("parent-1", None)
    assert (await asked(api, parlour, "parent-1", "GET", "/me/phone")).json() == {"phone": None, "changed_at": None}
    refused = await asked(api, parlour, "parent-1", "PUT", "/me/phone", {"phone": "12345678901"})
    assert (refused.status_code, refused.json()["code"]) == (422, "phone.form") and "12345678901" not in refused.text
    for written, shown in (("13800138000", "138****8000"), ("138 0013 8000", "138****8000"), ("+85255550100", "0100")):
        put = await asked(api, parlour, "parent-1", "PUT", "/me/phone", {"phone": written})
        assert put.is_success and put.json()["phone"].endswith(shown)
    query = "SELECT before, after FROM journal_entry WHERE object = :object AND action LIKE '%phone:put' ORDER BY id"
    async with parlour.world.database.transaction(parlour.world.staff["auditor"]) as session:
        entries = (await session.execute(text(query), {"object": f"person:{parent.person}"})).all()
    assert [tuple(entry) for entry in entries] == [("absent", "given"), ("given", "given")]


async def test_an_officer_who_calls_reads_the_whole_number_and_the_reading_is_journalled(
    api: Api, parlour: Parlour
) -> None:
    parent, about = await parlour.parent("parent-1"), new_object()
    await parlour.post([notice(parent, about)])
    path = f"/messages/{await parlour.message(about)}/contact"
    assert (await asked(api, parlour, "casework", "GET", path)).json() == {"phone": "+8613800138321"}
    assert "api:phone:unmask" in [action for action, _, _ in await parlour.journal(await parlour.message(about))]


@pytest.mark.parametrize("duty", ["registrar", "rules", "allocation", "approval", "auditor"])
async def test_the_database_shows_numbers_to_no_other_duty(parlour: Parlour, duty: str) -> None:
    parent = await parlour.parent("甲")
    for actor, count in ((parlour.world.staff[duty], 0), (parlour.world.staff["casework"], 1), (parent, 1)):
        async with parlour.world.database.transaction(actor) as session:
            assert (await session.execute(text("SELECT count(*) FROM person_phone"))).scalar_one() == count


async def test_the_worker_opens_one_persons_number_at_a_time(parlour: Parlour) -> None:
    first, second = await parlour.parent("甲"), await parlour.parent("乙")
    for table in ("person_phone", "subject_key"):
        async with parlour.workers.transaction(first) as session:
            rows = (await session.execute(text(f"SELECT id FROM {table}"))).scalars().all()
        assert list(rows) == [first.person] and second.person not in rows
