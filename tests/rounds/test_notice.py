"""When a family's own time ends, over weekends and holidays, and that nobody is worse off than the round says."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.calendar import COUNTY_TIME
from app.errors import ServiceError
from app.rounds.notice import family_deadline
from tests.rounds.life import Life

UNTIL = datetime(2026, 7, 18, tzinfo=COUNTY_TIME)  # the end of Friday


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=COUNTY_TIME)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("told_at", "ends"),
    [
        (None, None),
        (at(2026, 7, 10, 18), UNTIL),
        (at(2026, 7, 10, 23, 59), UNTIL),
        (at(2026, 7, 11, 9), UNTIL),
        (at(2026, 7, 13, 0, 1), at(2026, 7, 21)),
        (at(2026, 7, 17, 12), at(2026, 7, 25)),
        (at(2026, 9, 30, 12), at(2026, 10, 14)),
    ],
)
async def test_five_working_days_from_the_proof_and_never_less_than_the_round_gives(
    life: Life, told_at: datetime | None, ends: datetime | None
) -> None:
    await life.plan()
    row = replace(await life.row(), demonstration=False)
    assert family_deadline(row, UNTIL, told_at, 5) == ends
    # A demonstration brings its deadline forward for whoever knew before.
    shown: Any = ends if told_at is None or told_at > UNTIL else UNTIL
    assert family_deadline(replace(row, demonstration=True), UNTIL, told_at, 5) == shown


async def test_where_the_round_gives_no_time_a_familys_own_is_all(life: Life) -> None:
    await life.plan()
    planned = await life.row()
    for row in (planned, replace(planned, demonstration=False)):
        assert family_deadline(row, None, at(2026, 7, 13, 0, 1), 5) == at(2026, 7, 21)
        assert family_deadline(row, None, None, 5) is None


async def test_a_year_whose_holidays_are_not_known_is_refused(life: Life) -> None:
    await life.plan()
    row = replace(await life.row(), demonstration=False)
    with pytest.raises(ServiceError, match=r"round\.holidays_missing"):
        family_deadline(row, UNTIL, at(2031, 7, 17), 5)
