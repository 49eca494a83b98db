"""API shapes of the shares of kindergartens."""

from datetime import date

from pydantic import BaseModel

from app.bureau.provision import Rate
from app.bureau.shares import Kindergarten, Shares, SharesReport


class RateOut(BaseModel):
    """`percent` is rounded down to hundredths and absent on an empty denominator."""

    numerator: int
    denominator: int
    percent: str | None

    @classmethod
    def of(cls, rate: Rate) -> "RateOut":
        return cls(numerator=rate.numerator, denominator=rate.denominator, percent=rate.percent)


class SharesOut(BaseModel):
    """Of one area. Of the denominator `by_count` are counted by the register of enrolment, `by_place` hold a place by
    a round of the year in classes that it does not count."""

    inclusive: RateOut
    graded: RateOut
    by_count: int
    by_place: int

    @classmethod
    def of(cls, held: Shares) -> "SharesOut":
        rates = {"inclusive": RateOut.of(held.inclusive), "graded": RateOut.of(held.graded)}
        return cls(**rates, by_count=held.by_count, by_place=held.by_place)


class KindergartenOut(BaseModel):
    """`level_lapsed`: the day of the level's re-check has passed, and it does not count as graded."""

    school: str
    name: str
    town: str
    is_inclusive: bool
    level: int | None
    recheck_on: date | None
    level_lapsed: bool
    children: int
    by_count: int
    by_place: int

    @classmethod
    def of(cls, row: Kindergarten, on: date) -> "KindergartenOut":
        names = ("school", "town", "is_inclusive", "level", "recheck_on", "children", "by_count", "by_place")
        return cls(name=row.school_name, level_lapsed=row.level_lapsed(on), **{n: getattr(row, n) for n in names})


class SharesReportOut(BaseModel):
    """A school year's shares, levels judged `on` that day; towns by name, with the code where two bear one name."""

    year: int
    on: date
    county: SharesOut
    by_town: dict[str, SharesOut]
    kindergartens: list[KindergartenOut]

    @classmethod
    def of(cls, whole: SharesReport) -> "SharesReportOut":
        return cls(
            year=whole.year,
            on=whole.on,
            county=SharesOut.of(whole.county),
            by_town={town: SharesOut.of(held) for town, held in whole.by_town.items()},
            kindergartens=[KindergartenOut.of(row, whole.on) for row in whole.kindergartens],
        )
