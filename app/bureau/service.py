"""The bureau's reports, each reading journalled where it names children."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications.reading import record_reading
from app.bureau import queries
from app.bureau.provision import BANDS, Missing, NotKnown, Provision, Register, Report, report
from app.database import Database
from app.errors import ServiceError
from app.rounds import queries as rounds
from app.rounds.rows import RoundRow
from app.rounds.vocabulary import RoundKind
from app.schools.vocabulary import Stage

TABLE_HEADER = (
    "地区 town",
    "群体 population",
    "分子 offered within limit",
    "分母 eligible and undetermined",
    "比率 percent",
    "本学区 own catchment",
    "联合体或本镇 consortium or town",
    "限距内 within limit",
    "超距 beyond limit",
    "待定 undetermined",
    "不符合 not eligible",
    "未报名 not applied",
    "应入学 known",
    "申请 applied",
    "符合 eligible",
    "录取 offered",
    "接受 accepted",
    "报到 arrived",
    "延缓 deferred",
)

EXPECTED: dict[str, Callable[[AsyncSession, str, int], Awaitable[list[list[UUID]]]]] = {
    Stage.JUNIOR: queries.leavers,
    Stage.PRIMARY: queries.invited,
}


async def provision(session: AsyncSession, actor: Actor, round_id: UUID) -> Report:
    """Provision of a round for migrants' children, for all, by town and school, with its funnel.

    Raises `access.*`, `report.private_round`.
    """
    authorize(actor, "report.read", Target(actor.bureau))
    return await _report(session, actor.bureau, round_id)


async def children_behind(
    session: AsyncSession, database: Database, actor: Actor, round_id: UUID, after: UUID | None, limit: int
) -> list[Missing]:
    """A page of the children that belong to the denominator and not to the numerator, by application, each with its
    reason; the reading is journalled."""
    actor = authorize(actor, "report.children", Target(actor.bureau))
    missing = (await _report(session, actor.bureau, round_id)).missing
    await record_reading(session, database, actor, "provision", "read_children", f"round:{round_id}")
    return [row for row in missing if after is None or row.application > after][:limit]


async def _report(session: AsyncSession, bureau: str, round_id: UUID) -> Report:
    row = await rounds.round_by_id(session, bureau, round_id)
    if row.kind is RoundKind.PRIVATE:  # who is not drawn there is owed nothing there
        raise ServiceError("report.private_round", "round")
    standings = await queries.standings(session, bureau, round_id)
    seats = await queries.seats_by_school(session, bureau, round_id)
    register = await _register(session, row, [standing.application for standing in standings])
    return report(standings, seats, await rounds.missing_seats(session, bureau, round_id), register)


async def _register(session: AsyncSession, row: RoundRow, here: list[UUID]) -> Register:
    """Whom the register of primary leavers, or the list of the invited, expects in this round."""
    if row.stage not in EXPECTED:
        return Register(not_known=NotKnown.NO_REGISTER)
    if row.kind is not RoundKind.MAIN:
        return Register(not_known=NotKnown.NOT_MAIN_ROUND)
    return Register.of(await EXPECTED[row.stage](session, row.bureau, row.year), here)


def table(whole: Report) -> list[tuple[str | int | None, ...]]:
    """The report as rows of TABLE_HEADER: the county, then each town, with bands and funnel."""
    named = [("全县 county", "随迁子女 migrants", whole.migrants), ("全县 county", "全部 all", whole.everyone)]
    named += [(town, "全部 all", held) for town, held in whole.by_town.items()]
    return [(place, population, *_figures(held)) for place, population, held in named]


def _figures(held: Provision) -> tuple[str | int | None, ...]:
    funnel = held.funnel
    return (
        held.rate.numerator,
        held.rate.denominator,
        held.rate.percent,
        *(held.bands[band] for band in BANDS),
        held.undetermined,
        held.not_eligible,
        held.not_applied,
        funnel.known,
        funnel.applied,
        funnel.eligible,
        funnel.offered,
        funnel.accepted,
        funnel.arrived,
        funnel.deferred,
    )
