import pytest

from app.schools.positions import distance_m, east_of_origin, micro_degrees, north_of_origin


@pytest.mark.parametrize(
    ("text", "millionths"),
    [
        ("120.946", 120_946_000),
        ("30", 30_000_000),
        ("0.0000005", 1),
        ("0.0000004999", 0),
        ("120.94599999999999", 120_946_000),
        ("-0.5", -500_000),
    ],
)
def test_degrees_become_millionths_by_whole_numbers_alone(text: str, millionths: int) -> None:
    assert micro_degrees(text) == millionths


@pytest.mark.parametrize("text", ["", "1e2", "１２０", "120,9", " 120", "120.", "120.9.1", "nan", "1" * 5000])
def test_what_is_no_decimal_number_is_no_position(text: str) -> None:
    with pytest.raises(ValueError, match="degrees"):
        micro_degrees(text)


def test_positions_are_metres_from_the_county_s_origin() -> None:
    assert (east_of_origin("120.70"), north_of_origin("30.30")) == (0, 0)
    assert (east_of_origin("121.70"), north_of_origin("31.30")) == (95_990, 110_940)
    assert (east_of_origin("120.699995"), north_of_origin("30.299995")) == (0, -1)


@pytest.mark.parametrize("away", [lambda: east_of_origin("30.5"), lambda: north_of_origin("120.9")])
def test_a_place_outside_the_region_is_none(away: object) -> None:
    with pytest.raises(ValueError, match="outside"):
        away()  # type: ignore[operator]


def test_a_distance_is_the_straight_line_rounded_down() -> None:
    assert distance_m(3000, -4000) == 5000 and distance_m(1, 1) == 1 and distance_m(0, 0) == 0
    assert distance_m(10**9, 1) == 10**9
