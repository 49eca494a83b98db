"""How near a place is: beyond the limit first, then catchment, then consortium or town (ADR 0009)."""

import pytest

from app.offers.bands import band_of
from app.offers.vocabulary import Band
from app.schools.queries import CommunityPlace, Geography, SchoolPlace

LIMIT = 3000
CATCHMENTS = {"home": ("own",), "group": ("own", "partner"), "border": ("far-own",), "remote": ("own",)}


def school(east_m: int, town: str = "t1", consortium: str = "") -> SchoolPlace:
    return SchoolPlace("虚构小学", town, consortium, east_m, 0, "public")


GEOGRAPHY = Geography(
    {
        "home": CommunityPlace("t1", 0, 0, "虚构社区"),
        "group": CommunityPlace("t1", 0, 0, "虚构社区"),
        "border": CommunityPlace("t2", 2900, 0, "虚构社区"),
        "remote": CommunityPlace("t1", 4000, 0, "虚构社区"),
        "none": CommunityPlace("t3", 0, 0, "虚构社区"),
    },
    {
        "own": school(900, consortium="A"),
        "partner": school(2500, "t2"),
        "sister": school(2000, "t2", "A"),
        "same-town": school(1500),
        "other": school(3000, "t2", "B"),
        "just-beyond": school(3001),
        "far-own": school(6000, "t2"),
        "far-sister": school(-9000, "t2", "A"),
    },
)


@pytest.mark.parametrize(
    ("community", "name", "expected"),
    [
        ("home", "own", (Band.CATCHMENT, 900)),
        ("group", "own", (Band.CATCHMENT, 900)),
        ("group", "partner", (Band.CATCHMENT, 2500)),
        ("home", "sister", (Band.CONSORTIUM, 2000)),
        ("home", "same-town", (Band.CONSORTIUM, 1500)),
        ("home", "partner", (Band.WITHIN_LIMIT, 2500)),
        ("home", "other", (Band.WITHIN_LIMIT, 3000)),
        ("none", "own", (Band.WITHIN_LIMIT, 900)),
        ("none", "same-town", (Band.WITHIN_LIMIT, 1500)),
        ("home", "just-beyond", (Band.BEYOND_LIMIT, 3001)),
        ("border", "far-own", (Band.BEYOND_LIMIT, 3100)),
        ("remote", "own", (Band.BEYOND_LIMIT, 3100)),
        ("home", "far-sister", (Band.BEYOND_LIMIT, 9000)),
    ],
)
def test_a_place_is_in_the_nearest_band_that_holds_and_beyond_the_limit_in_none(
    community: str, name: str, expected: tuple[Band, int]
) -> None:
    assert band_of(community, name, CATCHMENTS, GEOGRAPHY, LIMIT) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("other", (Band.CATCHMENT, 3000)),
        ("own", (Band.CATCHMENT, 900)),
        ("partner", (Band.WITHIN_LIMIT, 2500)),
        ("just-beyond", (Band.BEYOND_LIMIT, 3001)),
    ],
)
def test_a_school_that_the_primary_school_feeds_is_a_child_s_own(name: str, expected: tuple[Band, int]) -> None:
    assert band_of("home", name, CATCHMENTS, GEOGRAPHY, LIMIT, ("other", "just-beyond")) == expected


def test_two_schools_without_a_consortium_are_not_of_one() -> None:
    assert GEOGRAPHY.schools["partner"].consortium == GEOGRAPHY.schools["far-own"].consortium == ""
    assert band_of("home", "partner", {"home": ("same-town",)}, GEOGRAPHY, LIMIT) == (Band.WITHIN_LIMIT, 2500)
