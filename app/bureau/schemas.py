"""API shapes of the bureau's reports."""

from uuid import UUID

from pydantic import BaseModel

from app.bureau.provision import Provision, Report


class ProvisionOut(BaseModel):
    """One population. `percent` is rounded down to hundredths and absent on an empty denominator."""

    numerator: int
    denominator: int
    percent: str | None
    complete: bool
    beyond_limit: int
    undetermined: int
    not_eligible: int
    bands: dict[str, int]
    funnel: dict[str, int | None]

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
        )


class ReportOut(BaseModel):
    """Provision of a round: migrants' children first, because that is what the plan promises. Towns and schools by
    name, with the code where two bear one name."""

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
            children_behind_the_difference=len(whole.missing),
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
