"""Words of a round that are no states: what silence means, and the seven public things."""

from enum import StrEnum


class Silence(StrEnum):
    """What a family's silence after its answer deadline means."""

    ACCEPT = "accept"
    DECLINE = "decline"


class DocumentKind(StrEnum):
    """The seven things that are public before a round opens (domain, section 3)."""

    RULES = "rules"
    PLAN = "plan"
    CATCHMENTS = "catchments"
    QUALIFICATIONS = "qualifications"
    DATES = "dates"
    PAPERS = "papers"
    RESULTS = "results"
