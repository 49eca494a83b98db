"""A family sees its points line by line: the fact, the units, the cap, what counts, and the clause."""

from typing import Any, get_args
from uuid import UUID

from app.applications.points_shown import WHY
from app.eligibility.points import Why
from tests.applications.office import WHOLE, Office
from tests.conftest import Api
from tests.county import form

MIGRANT_WHOLE = {name: said for name, said in WHOLE.items() if name not in ("policy", "document")}


async def points(api: Api, office: Office, who: str, mine: UUID) -> Any:
    headers = await api.sign_in(office.county.world.bureau, who)
    return (await api.client.get(f"/applications/{mine}/case", headers=headers)).json()["points"]


async def test_each_line_says_what_it_counts_and_why(api: Api, office: Office) -> None:
    mine = await office.apply("parent-1", form(facts=MIGRANT_WHOLE))
    unchecked = await points(api, office, "parent-1", mine)
    assert unchecked["total"] == 0 and {line["why"] for line in unchecked["lines"]} <= {"unknown", "none"}
    await office.confirm(mine)
    told = await points(api, office, "parent-1", mine)
    assert told == await points(api, office, "casework", mine)
    assert told["total"] == sum(line["counted"] for line in told["lines"]) > 0
    decided = await office.last_decision(mine)
    assert told["total"] == decided.keys_elsewhere["points"]
    [insurance] = [line for line in told["lines"] if (line["item"], line["parent_zh"]) == ("insurance", "申请人一方")]
    assert (insurance["measured"], insurance["unit_zh"], insurance["points"], insurance["cap"]) == (
        "50",
        "个月",
        50,
        120,
    )
    assert insurance["clause"] == "第二十八条" and insurance["assumed"]
    [education] = [line for line in told["lines"] if line["item"] == "education"]
    assert education["measured"] == "college" and education["unit_zh"] == "" and education["group"] == "qualification"


async def test_a_local_child_has_no_points(api: Api, office: Office) -> None:
    mine = await office.apply("parent-1", form())
    assert await points(api, office, "parent-1", mine) is None


def test_every_reason_has_its_words() -> None:
    assert set(WHY) == set(get_args(Why))
