"""What offices have received and not yet submitted, with the day by which it is due; and the receipt to be printed."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import authorize
from app.accounts.queries import names_of
from app.actor import Actor
from app.applications.incoming import office_target, target_of
from app.applications.lifecycle import WAITING, IncomingStatus, words
from app.applications.models import IncomingItem
from app.applications.queries import round_title
from app.database import database_now
from app.errors import ServiceError
from app.schools.queries import CHINA

# What becomes of the form, on its receipt.
NEXT = {
    IncomingStatus.REGISTERED: (
        "本局（所）将在{due}前由一人录入、另一人核对；报名时间以上述收件时间为准。",
        "It is entered by one person and checked by another until {due}; the time above is that of your application.",
    ),
    IncomingStatus.CHECKED: (
        "报名表已提交，第{version}版，摘要{digest}。凭本人证件登录后可查看和修改。",
        "It is submitted as version {version}, digest {digest}. Sign in under your own number to see or change it.",
    ),
}


@dataclass(frozen=True)
class ListedItem:
    """A line of the list, without names. `overdue`: still waiting after its day."""

    id: UUID
    round: UUID
    office: str
    origin: str
    number: str
    pages: int | None
    received_at: datetime
    due_on: date
    status: str
    overdue: bool
    differences: list[str]
    application: UUID | None


@dataclass(frozen=True)
class PrintedReceipt:
    """To be printed for whoever handed the form in; it names nobody. `zh`, `en`: its lines."""

    item: UUID
    round: UUID
    origin: str
    number: str
    pages: int | None
    received_at: datetime
    status: str
    application: UUID | None
    version: int | None
    form_digest: str | None
    zh: list[str]
    en: list[str]


async def list_items(
    session: AsyncSession, actor: Actor, office: str, waiting: bool, after: UUID | None, limit: int
) -> list[ListedItem]:
    """A page of what an office received, of all offices where it is the bureau, the first received first; `waiting`:
    only those on which somebody still has to act. Raises `access.*`."""
    authorize(actor, "intake.list", await office_target(session, actor.bureau, office))
    query = select(IncomingItem).where(col(IncomingItem.bureau) == actor.bureau)
    if office != actor.bureau:
        query = query.where(col(IncomingItem.office) == office)
    if waiting:
        query = query.where(col(IncomingItem.status).in_(WAITING))
    if after is not None:
        query = query.where(col(IncomingItem.id) > after)
    rows = await session.scalars(query.order_by(col(IncomingItem.id)).limit(limit))
    today = (await database_now(session)).astimezone(CHINA).date()
    return [_line(row, today) for row in rows]


def _line(row: IncomingItem, today: date) -> ListedItem:
    names = [name for name in ListedItem.__dataclass_fields__ if name != "overdue"]
    overdue = row.status in WAITING and row.due_on < today
    return ListedItem(**{name: getattr(row, name) for name in names}, overdue=overdue)


async def printed_receipt(session: AsyncSession, actor: Actor, item_id: UUID) -> PrintedReceipt:
    """The receipt as the item stands now, as often as it is asked for; raises `access.*`."""
    row = await session.get(IncomingItem, (actor.bureau, item_id), populate_existing=True)
    if row is None:
        raise ServiceError("access.not_found", "item", action="intake.list")
    authorize(actor, "intake.list", target_of(row))
    zh, en = await _words(session, row)
    names = [name for name in PrintedReceipt.__dataclass_fields__ if name not in ("item", "zh", "en")]
    return PrintedReceipt(item=row.id, **{name: getattr(row, name) for name in names}, zh=zh, en=en)


async def _words(session: AsyncSession, row: IncomingItem) -> tuple[list[str], list[str]]:
    title = await round_title(session, row.bureau, row.round)
    office = (await names_of(session, row.bureau, [row.office])).get(row.office, row.office)
    at = row.received_at.astimezone(CHINA)
    status = IncomingStatus(row.status)
    said = dict(zip(("zh", "en"), NEXT.get(status, NEXT[IncomingStatus.REGISTERED]), strict=True))
    if status is IncomingStatus.SETTLED:
        said = dict(zip(("zh", "en"), words(status), strict=True))
    filled = {"due": row.due_on.isoformat(), "version": row.version, "digest": row.form_digest}
    pages = "" if row.pages is None else str(row.pages)
    zh = [f"收件回执：{title['zh']}", f"收件单位：{office}", f"编号：{row.number}，共{pages}页"]
    en = [f"Receipt: {title['en']}", f"Received by: {office}", f"Number: {row.number}, pages: {pages}"]
    zh += [f"收件时间：{at:%Y-%m-%d %H:%M:%S}（北京时间）", said["zh"].format(**filled)]
    en += [f"Received at: {at:%Y-%m-%d %H:%M:%S} (Beijing)", said["en"].format(**filled)]
    return zh, en
