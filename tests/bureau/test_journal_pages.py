"""The journal as the auditor reads it: newest first, in pages, of one object or of all."""

from typing import Any

import pytest

from tests.conftest import Api
from tests.county import County


async def page(api: Api, county: County, who: str = "auditor", **query: Any) -> Any:
    headers = await api.sign_in(county.world.bureau, who)
    return await api.client.get("/journal", params=query, headers=headers)


async def test_pages_hold_every_entry_once_newest_first(api: Api, county: County) -> None:
    whole = (await page(api, county, limit=500)).json()
    assert whole["next"] is None and len(whole["entries"]) > 7
    ids = [entry["id"] for entry in whole["entries"]]
    assert ids == sorted(ids, reverse=True)
    seen, before = [], {"before": ids[0]}
    while before:
        told = (await page(api, county, limit=3, **before)).json()
        assert len(told["entries"]) <= 3
        seen += [entry["id"] for entry in told["entries"]]
        before = {"before": told["next"]} if told["next"] else {}
    assert seen == ids[1:]


async def test_the_entries_of_one_object(api: Api, county: County) -> None:
    told = (await page(api, county, object="ruleset:primary-2026")).json()["entries"]
    assert [entry["action"] for entry in told] == ["test:ruleset:activate", "test:ruleset:upload"]
    assert (told[0]["before"], told[0]["role"]) == ("draft", "rules") and told[1]["before"] == "absent"
    assert (await page(api, county, object="ruleset:none")).json() == {"entries": [], "next": None}


@pytest.mark.parametrize("who", ["registrar", "rules", "casework", "allocation", "approval", "parent-1"])
async def test_nobody_else_reads_it(api: Api, county: County, who: str) -> None:
    assert (await page(api, county, who)).status_code == 403


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 501}, {"before": "x"}, {"object": "o" * 101}])
async def test_a_page_of_another_shape_is_refused(api: Api, county: County, query: dict[str, Any]) -> None:
    assert (await page(api, county, **query)).status_code == 422
