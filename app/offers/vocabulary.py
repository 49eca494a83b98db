"""The words of an offer that are no states: how near the place is, and that it stands beside the result."""

from enum import StrEnum

# The seats of offers that no run gave, and what their families read of them, in Chinese and English.
BY_EXCEPTION, BY_REDRESS = "exception", "redress"
WITHIN_YEAR = "within_year"
BESIDE_THE_RESULT = {
    BY_EXCEPTION: ("例外录取：与双（多）胞胎兄弟姐妹同校", "by exception: at the school of its twin"),
    BY_REDRESS: ("更正录取：教育局更正差错", "in redress: the bureau has mended an error"),
}


class Ground(StrEnum):
    """Wherein the authority erred. `taken_back_elsewhere`: the child has left this round for a place in another one,
    which the bureau has then taken back."""

    OBJECTION_UPHELD = "objection_upheld"
    REFUSED_IN_ERROR = "refused_in_error"
    CHECKED_IN_ERROR = "checked_in_error"
    TAKEN_BACK_ELSEWHERE = "taken_back_elsewhere"


class LeftBecause(StrEnum):
    """Why a record of a pupil has ended. `moved`: to another school within the year; `went_up`: to another stage;
    `entered_anew`: by a later entry to the same stage."""

    MOVED = "moved"
    WENT_UP = "went_up"
    ENTERED_ANEW = "entered_anew"


class Band(StrEnum):
    """Bands of provision (domain, section 5)."""

    CATCHMENT = "catchment"
    CONSORTIUM = "consortium"
    WITHIN_LIMIT = "within_limit"
    BEYOND_LIMIT = "beyond_limit"
