"""The headroom of the classes, by hand."""

from dataclasses import replace

import pytest

from app.offers.exception_headroom import headroom
from app.schools.class_limits import class_limit
from app.schools.queries import ProgrammeSeats, net_seats
from app.schools.vocabulary import AgeClass, Stage


def plan(classes: int = 2, class_size: int = 40, settled: int = 0, reduction: int = 0) -> ProgrammeSeats:
    seats = net_seats(classes, class_size, settled, reduction)
    return ProgrammeSeats("P", "s1", 1, classes, class_size, settled, reduction, seats)


@pytest.mark.parametrize(
    ("made", "drawn", "admitted", "left"),
    [
        (plan(), 80, 0, 10),  # 2 × 45 − 80
        (plan(), 80, 9, 1),
        (plan(), 80, 10, 0),
        (plan(settled=3, reduction=4), 73, 0, 10),
        (plan(settled=3, reduction=4), 80, 0, 3),  # decided after the freeze: the seats drawn stay
        (plan(class_size=45), 90, 0, 0),
        (plan(class_size=50), 100, 0, 0),  # planned above the limit already
        (plan(classes=0), 0, 0, 0),
    ],
)
def test_it_is_what_the_limit_allows_above_all_that_is_taken(
    made: ProgrammeSeats, drawn: int, admitted: int, left: int
) -> None:
    assert headroom(made, "primary", drawn, admitted).left == left


def test_each_stage_has_its_limit_and_one_without_has_what_was_planned() -> None:
    assert {stage.value: class_limit(stage, "", 8) for stage in Stage} == {
        "preschool": 8,
        "primary": 45,
        "junior": 50,
        "special": 8,
    }


def test_a_kindergarten_s_class_has_the_limit_of_its_age() -> None:
    limits = {one.value: class_limit("preschool", one, 8) for one in AgeClass}
    assert limits == {"three": 25, "four": 30, "five": 35, "mixed": 30}
    two_of_four = replace(plan(class_size=28), age_class="four")
    assert headroom(two_of_four, "preschool", 56, 1).left == 3
