"""Words of a round that are no states: its kind, its fallback, what silence means, and the seven public things."""

from enum import StrEnum


class Silence(StrEnum):
    """What a family's silence after its answer deadline means."""

    ACCEPT = "accept"
    DECLINE = "decline"


class RoundKind(StrEnum):
    """`main`: the ordinary admission of a year's entry at a stage. `late`: over the seats that it left. `within_year`:
    for children who arrive or move while school is on, without a draw. `private`: the applicants of private schools.
    Rounds of one stage and year give one child one place together."""

    MAIN = "main"
    LATE = "late"
    WITHIN_YEAR = "within_year"
    PRIVATE = "private"


class FallbackOver(StrEnum):
    """Where the bureau finds a place for a child whose wishes and rights are taken. `public`: in every public school,
    as in compulsory stages always. `inclusive`: in every public or inclusive private kindergarten. `none`: nowhere;
    preschool is not compulsory."""

    NONE = "none"
    PUBLIC = "public"
    INCLUSIVE = "inclusive"


class DocumentKind(StrEnum):
    """The seven things that are public before a round opens (domain, section 3)."""

    RULES = "rules"
    PLAN = "plan"
    CATCHMENTS = "catchments"
    QUALIFICATIONS = "qualifications"
    DATES = "dates"
    PAPERS = "papers"
    RESULTS = "results"
