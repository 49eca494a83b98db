"""Which grade fits a child that comes within the year: older children always may, with the reason told where one is."""

from datetime import date

import pytest

from app.applications.grade_fits import usual_grade
from app.errors import ServiceError
from app.vault import Vault
from tests.county import County
from tests.offers.arrivals import Arrivals

BORN = {"born_on": "2017-05-05"}  # nine when school begins: grade 4


@pytest.fixture
async def arrivals(county: County, vault: Vault) -> Arrivals:
    made = Arrivals(county, vault)
    await made.open_round()
    return made


@pytest.mark.parametrize(
    ("born_on", "grade"),
    [("2020-08-31", 1), ("2020-09-01", 0), ("2019-09-01", 1), ("2014-08-31", 7), ("2020-02-29", 1)],
)
def test_grade_1_is_usual_at_six_and_a_grade_for_each_year(born_on: str, grade: int) -> None:
    assert usual_grade(date.fromisoformat(born_on), 2026) == grade


@pytest.mark.parametrize("grade", [2, 3, 4, 5])
async def test_nobody_is_asked_within_what_is_usual(arrivals: Arrivals, grade: int) -> None:
    await arrivals.tell("parent-1", grade=grade, child=BORN)


@pytest.mark.parametrize(
    ("grade", "reason", "born_on"),
    [(2, "longer_schooling", "2015-05-05"), (2, "deferred", "2013-05-05"), (6, "skipped", "2017-05-05")],
)
async def test_beside_it_the_family_says_why_and_an_older_child_is_never_refused(
    arrivals: Arrivals, grade: int, reason: str, born_on: str
) -> None:
    child = {"born_on": born_on}
    with pytest.raises(ServiceError, match=r"application\.grade_reason_missing") as refused:
        await arrivals.tell("parent-1", grade=grade, child=child)
    assert refused.value.field == "grade_reason"
    for language in ("zh", "en"):
        assert refused.value.title(language) and "grade_reason" in refused.value.remedy(language)
    assert await arrivals.tell("parent-1", grade=grade, child=child, grade_reason=reason)


async def test_a_grade_that_cannot_be_the_childs_is_refused_with_the_usual_one(arrivals: Arrivals) -> None:
    with pytest.raises(ServiceError, match=r"application\.grade_beyond_age") as refused:
        await arrivals.tell("parent-1", grade=6, child={"born_on": "2019-05-05"}, grade_reason="skipped")
    assert refused.value.field == "grade" and "2" in refused.value.title("en")


async def test_no_other_round_asks_for_a_reason(county: County, vault: Vault) -> None:
    with pytest.raises(ServiceError, match=r"application\.grade_not_asked") as refused:
        await Arrivals(county, vault).tell("parent-1", grade=None, grade_reason="deferred")  # type: ignore[arg-type]
    assert refused.value.field == "grade_reason"
