"""API shapes of the bureau's reports."""

from uuid import UUID

from pydantic import BaseModel

from app.bureau.provision import NotKnown, Provision, Report


class ProvisionOut(BaseModel):
    """One population. `percent` is rounded down to hundredths and absent on an empty denominator. `not_applied`:
    leavers of the register of whom no application has come, in the denominator; `not_known`: why `known` is absent."""

    numerator: int
    denominator: int
    percent: str | None
    complete: bool
    beyond_limit: int
    undetermined: int
    not_eligible: int
    bands: dict[str, int]
    funnel: dict[str, int | None]
    not_applied: int
    not_known: NotKnown | None

    @classmethod
    def of(cls, held: Provision) -> "ProvisionOut":
        return cls(
            numerator=held.rate.numerator,
            denominator=held.rate.denominator,
            percent=held.rate.percent,
            complete=held.complete,
            beyond_limit=held.beyond_limit,
            undetermined=held.undetermined,
            not_eligible=held.not_eligible,
            bands=held.bands,
            funnel={name: getattr(held.funnel, name) for name in held.funnel.__dataclass_fields__},
            not_applied=held.not_applied,
            not_known=held.not_known,
        )


class ReportOut(BaseModel):
    """Provision of a round: migrants' children first, because that is what the plan promises. Towns and schools by
    name, with the code where two bear one name. `children_behind_the_difference`: those of `list_children_behind`,
    with the leavers of whom no application has come (`list_missing_leavers`)."""

    migrants: ProvisionOut
    everyone: ProvisionOut
    by_town: dict[str, ProvisionOut]
    by_school: dict[str, dict[str, int]]
    missing_seats: int
    children_behind_the_difference: int

    @classmethod
    def of(cls, whole: Report) -> "ReportOut":
        return cls(
            migrants=ProvisionOut.of(whole.migrants),
            everyone=ProvisionOut.of(whole.everyone),
            by_town={town: ProvisionOut.of(held) for town, held in whole.by_town.items()},
            by_school=whole.by_school,
            missing_seats=whole.missing_seats,
            children_behind_the_difference=len(whole.missing) + whole.everyone.not_applied,
        )


class MissingOut(BaseModel):
    """A child behind the difference: `undetermined`, `no_place` or `beyond_limit`."""

    application: UUID
    migrant: bool
    town: str
    reason: str


class MissingPage(BaseModel):
    """By application; `next` is the `after` of the next page."""

    children: list[MissingOut]
    next: UUID | None
