"""The shares of children in inclusive and in graded kindergartens, for the bureau's officers and the auditor."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.bureau import shares_queries
from app.bureau.shares import Shares, SharesReport, report, school_year_begins

TABLE_HEADER = (
    "地区 town",
    "普惠在园 in inclusive",
    "在园 in kindergarten",
    "普惠比率 inclusive percent",
    "等级园在园 in graded",
    "等级园比率 graded percent",
    "来自统计 by count",
    "来自录取 by place",
)


async def kindergarten_shares(session: AsyncSession, actor: Actor, year: int, on: date | None) -> SharesReport:
    """Of the school year that begins in `year`; levels as they hold on `on`, or when it begins. Raises `access.*`."""
    authorize(actor, "report.read", Target(actor.bureau))
    day = on or school_year_begins(year)
    return report(await shares_queries.kindergartens(session, actor.bureau, year, day), year, day)


def table(whole: SharesReport) -> list[tuple[str | int | None, ...]]:
    """The report as rows of TABLE_HEADER: the county, then each town."""
    named = [("全县 county", whole.county), *whole.by_town.items()]
    return [(place, *_figures(held)) for place, held in named]


def _figures(held: Shares) -> tuple[str | int | None, ...]:
    return (
        held.inclusive.numerator,
        held.inclusive.denominator,
        held.inclusive.percent,
        held.graded.numerator,
        held.graded.percent,
        held.by_count,
        held.by_place,
    )
