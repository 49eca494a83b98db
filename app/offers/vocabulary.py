"""The words of an offer that are no states: how near the place is, and that it stands beside the result."""

from enum import StrEnum

# The seat of an offer that no run gave, and what its family reads of it, in Chinese and English.
BY_EXCEPTION = "exception"
WITHIN_YEAR = "within_year"
EXCEPTION_WORDS = ("例外录取：与双（多）胞胎兄弟姐妹同校", "by exception: at the school of its twin")


class Band(StrEnum):
    """Bands of provision (domain, section 5)."""

    CATCHMENT = "catchment"
    CONSORTIUM = "consortium"
    WITHIN_LIMIT = "within_limit"
    BEYOND_LIMIT = "beyond_limit"
