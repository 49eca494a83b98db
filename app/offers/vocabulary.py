"""The words of an offer that are no states: how near the place is."""

from enum import StrEnum


class Band(StrEnum):
    """Bands of provision (domain, section 5)."""

    CATCHMENT = "catchment"
    CONSORTIUM = "consortium"
    WITHIN_LIMIT = "within_limit"
    BEYOND_LIMIT = "beyond_limit"
