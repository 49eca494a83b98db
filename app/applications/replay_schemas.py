"""What officers are shown of a round decided by another ruleset: applications by id, never a name."""

from uuid import UUID

from pydantic import BaseModel, Field

from app.eligibility.citation import Standing


class ClauseOut(BaseModel):
    """Where a rule comes from; `assumes`: in part or wholly an assumption."""

    source: str
    clause: str
    standing: Standing
    assumes: bool


class ChangeOut(BaseModel):
    """`what`: outcome, route, level, groups, `right KEY` or `elsewhere KEY`; an empty value is none."""

    what: str
    before: str
    after: str


class WhyOut(BaseModel):
    """A rule, route, level, gate, key or item of points on which the rulesets differ for this child; `absent`: the
    ruleset has no such part."""

    subject: str
    name: str
    before: str
    after: str
    cite: ClauseOut
    zh: str
    en: str


class DifferenceOut(BaseModel):
    changes: list[ChangeOut]
    why: list[WhyOut]


class SideOut(BaseModel):
    """`schools`: those that hold the child's right in one way; empty for a child without a right anywhere."""

    schools: list[str]
    difference: DifferenceOut


class ChangedOut(BaseModel):
    """`ruleset`: the one that decided the application."""

    application: UUID
    ruleset: str
    sides: list[SideOut]


class ReplayPage(BaseModel):
    """A page of a round's applications by another ruleset; only those for whom something would change are listed."""

    ruleset: str
    seen: int = Field(description="Applications of this page that both rulesets decided.")
    changed: list[ChangedOut]
    next: UUID | None
