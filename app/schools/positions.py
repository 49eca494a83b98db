"""Positions as whole metres east and north of the county's origin, and distances between them. Integers alone.

A plane stands for the sphere: at 30.5° N one degree of latitude is taken as 110,940 m and one of longitude as
95,990 m (WGS 84: 110,861 and 95,999), so a distance inside the county is wrong by less than one in a thousand.
Distances are straight lines, never ways to walk.
"""

import re
from math import isqrt

ORIGIN_LONGITUDE, ORIGIN_LATITUDE = 120_700_000, 30_300_000  # micro-degrees
METRES_PER_DEGREE_EAST, METRES_PER_DEGREE_NORTH = 95_990, 110_940
FARTHEST_M = 150_000  # no place of the county, or of the city around it, is farther from the origin
DEGREES = re.compile(r"(-?)([0-9]{1,3})(?:\.([0-9]{1,20}))?")
MILLION = 1_000_000


def micro_degrees(text: str) -> int:
    """Millionths of a degree from decimal text, the seventh decimal rounded half up; raises ValueError."""
    match = DEGREES.fullmatch(text)
    if match is None:
        raise ValueError("not a number of degrees")
    sign, whole, fraction = match.groups(default="")
    millionths = int(whole) * MILLION + (int(fraction.ljust(7, "0")[:7]) + 5) // 10
    return -millionths if sign else millionths


def east_of_origin(longitude: str) -> int:
    """Metres east of the origin; raises ValueError where the text is no number or lies outside the region."""
    return _metres(micro_degrees(longitude) - ORIGIN_LONGITUDE, METRES_PER_DEGREE_EAST)


def north_of_origin(latitude: str) -> int:
    """Metres north of the origin; raises ValueError where the text is no number or lies outside the region."""
    return _metres(micro_degrees(latitude) - ORIGIN_LATITUDE, METRES_PER_DEGREE_NORTH)


def _metres(from_origin: int, metres_per_degree: int) -> int:
    metres = (from_origin * metres_per_degree + MILLION // 2) // MILLION
    if abs(metres) > FARTHEST_M:
        raise ValueError("outside the region")
    return metres


def distance_m(east: int, north: int) -> int:
    """The straight line of these differences, rounded down to a metre."""
    return isqrt(east * east + north * north)
