"""The provincial platform's files come in: each line is submitted on behalf of its guardian, once under its number.

A line that cannot be submitted is kept as an open item under its number, with its reason, so that no family is lost by
a slip of somebody else; a file with a line that has no number is refused as a whole. A dry run does all of it and takes
it back.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.incoming import move, values_of
from app.applications.incoming_entry import hand_in
from app.applications.lifecycle import INCOMING, UNENTERED, IncomingEvent
from app.applications.models import IncomingItem
from app.applications.origin import Origin
from app.applications.platform_file import Fault, Line, Unreadable, read
from app.applications.queries import HeldRound
from app.database import table
from app.errors import LANGUAGES, ServiceError
from app.journal import service as journal
from app.lifecycle import TransitionRefused
from app.vault import Vault

AHEAD = Fault("submitted_at", "时间在将来", "the time is in the future")


class Taken(StrEnum):
    """`same`: the number with the same content came before. `other_content`: it came with another one, and that one
    stands; a correction comes under a number of its own."""

    SUBMITTED = "submitted"
    SAME = "same"
    KEPT_OPEN = "kept_open"
    OTHER_CONTENT = "other_content"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class LineReport:
    """What became of a line. Of one that is or was submitted: its application, version and the form's digest."""

    line: int
    taken: Taken
    number: str | None = None
    item: UUID | None = None
    application: UUID | None = None
    version: int | None = None
    form_digest: str | None = None
    faults: tuple[Fault, ...] = ()


async def dry_run(session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, data: bytes) -> list[LineReport]:
    """What applying the file would do, line by line; nothing of it stays. Raises `platform.file_unreadable`,
    `application.not_checkable`, `access.*`."""
    actor = authorize(actor, "platform.import", Target(actor.bureau))
    trial = await session.begin_nested()
    try:
        reports, _ = await _take_all(session, vault, actor, round_id, data)
    finally:
        await trial.rollback()
    # What was given out in the trial does not exist.
    return [
        replace(report, item=None, application=None, version=None) if report.taken is not Taken.SAME else report
        for report in reports
    ]


async def apply(session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, data: bytes) -> list[LineReport]:
    """Take the file in. Raises `platform.line_unreadable` where a line has no number or no time, and as `dry_run`."""
    actor = authorize(actor, "platform.import", Target(actor.bureau))
    reports, broken = await _take_all(session, vault, actor, round_id, data)
    if broken:
        first = broken[0]
        raise ServiceError(
            "platform.line_unreadable",
            first.fault.field,
            line=first.line,
            count=len(broken),
            reason_zh=first.fault.zh,
            reason_en=first.fault.en,
        )
    return reports


async def _take_all(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, data: bytes
) -> tuple[list[LineReport], list[Unreadable]]:
    held = await queries.checkable_round(session, actor.bureau, round_id)
    # One file after another: two of them with the same families would wait for each other.
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
    await session.execute(lock, {"name": f"platform:{actor.bureau}"})
    lines, broken = read(data)
    broken += [Unreadable(line.line, AHEAD) for line in lines if line.submitted_at > held.now]
    sound = [line for line in lines if line.submitted_at <= held.now]
    reports = [await _take(session, vault, actor, held, line) for line in sound]
    reports += [LineReport(one.line, Taken.UNREADABLE, faults=(one.fault,)) for one in broken]
    return sorted(reports, key=lambda report: report.line), sorted(broken, key=lambda one: one.line)


async def _take(session: AsyncSession, vault: Vault, actor: Actor, held: HeldRound, line: Line) -> LineReport:
    content = vault.lookup("platform", line.digest)
    item = await _known(session, actor.bureau, held.id, line.number)
    if item is not None and item.status not in UNENTERED:
        taken = Taken.SAME if item.content == content else Taken.OTHER_CONTENT
        answer = _answer(line, taken, item)
        return answer if taken is Taken.SAME else replace(answer, version=None, form_digest=None)
    if item is None:
        item = await _receive(session, actor, held, line, content)
    elif item.content != content:
        of_this = col(IncomingItem.bureau) == actor.bureau, col(IncomingItem.id) == item.id
        await session.execute(update(table(IncomingItem)).where(*of_this).values(content=content))
    faults = line.faults
    if line.typed is not None:
        try:
            async with session.begin_nested():
                submitted = await hand_in(session, vault, actor, item, line.typed)
                await move(
                    session, actor, item, IncomingEvent.SERVE, entered_by=actor.person, differences=[], **submitted
                )
        except (ServiceError, TransitionRefused) as error:
            faults = (_fault(error),)
        else:
            named = {name: submitted[name] for name in ("application", "version", "form_digest")}
            return LineReport(line.line, Taken.SUBMITTED, line.number, item.id, **named)
    why = [f"{fault.field}: {fault.en}"[:500] for fault in faults]
    await move(session, actor, item, IncomingEvent.REFUSE, differences=why)
    return LineReport(line.line, Taken.KEPT_OPEN, line.number, item.id, faults=faults)


def _answer(line: Line, taken: Taken, item: IncomingItem) -> LineReport:
    return LineReport(line.line, taken, line.number, item.id, item.application, item.version, item.form_digest)


def _fault(error: ServiceError | TransitionRefused) -> Fault:
    if isinstance(error, TransitionRefused):
        error = ServiceError("transition.refused", state=error.state.value, event=error.event.value)
    zh, en = (f"{error.title(language)} {error.remedy(language)}" for language in LANGUAGES)
    return Fault(error.field or "-", zh, en)


async def _known(session: AsyncSession, bureau: str, round_id: UUID, number: str) -> IncomingItem | None:
    found = select(IncomingItem).where(
        col(IncomingItem.bureau) == bureau,
        col(IncomingItem.round) == round_id,
        col(IncomingItem.origin) == Origin.PLATFORM,
        col(IncomingItem.number) == number,
    )
    return await session.scalar(found.with_for_update().execution_options(populate_existing=True))


async def _receive(session: AsyncSession, actor: Actor, held: HeldRound, line: Line, content: bytes) -> IncomingItem:
    """The line as an item that the platform received when it says so; its day counts from now."""
    values = values_of(actor, actor.bureau, held.now) | {
        "round": held.id,
        "origin": Origin.PLATFORM.value,
        "number": line.number,
        "received_at": line.submitted_at,
        "content": content,
    }
    await session.execute(insert(table(IncomingItem)).values(values))
    item = f"incoming:{values['id']}"
    await journal.record(session, actor, "incoming", "register", item, after=INCOMING.initial)
    made = await _known(session, actor.bureau, held.id, line.number)
    assert made is not None
    return made
