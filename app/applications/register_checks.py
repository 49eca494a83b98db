"""Questions to registers are opened for what is claimed and nobody has asked about, and closed where the family says
something else now. Nothing here is part of a submission."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.form import read_form
from app.applications.lifecycle import REGISTER_CHECK, ApplicationStatus, RegisterEvent, RegisterStatus
from app.applications.models import Application, RegisterCheck
from app.applications.queries import HeldRound
from app.applications.register_questions import (
    KINDS,
    NOTES,
    REGISTRATION,
    Wanted,
    rests_on,
    wanted_of,
)
from app.clock import uuid7
from app.database import table
from app.inserts import insert_columns
from app.journal import service as journal
from app.vault import Place, Vault, unseal

AT_ONCE = 200  # applications
# One sweep of a round at a time opens; a second one finds what the first has left.
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:name AS text), 0))")
MOOT = text("""
    SELECT c.id, c.status FROM register_check c
    WHERE c.bureau = :bureau AND c.round = :round AND c.status <> 'withdrawn' AND NOT EXISTS (
        SELECT FROM evidence e WHERE e.bureau = c.bureau AND e.application = c.application
            AND e.kind = CASE WHEN c.kind = ANY (:notes) THEN :registration ELSE c.kind END AND e.content = c.content)
    ORDER BY c.id FOR UPDATE OF c
""")
# A child without a number, or whose number another family has claimed, is not asked about: a person settles that first.
# What was referred to an office is that office's to answer.
UNASKED = text("""
    SELECT e.application, e.kind, e.content FROM evidence e
    JOIN application a ON a.bureau = e.bureau AND a.id = e.application
    JOIN child k ON k.bureau = a.bureau AND k.id = a.child
    WHERE e.bureau = :bureau AND a.round = :round AND a.status = 'submitted' AND e.status = 'claimed'
        AND e.kind = ANY (:kinds) AND k.number_kind NOT IN ('none', 'claimed')
        AND NOT EXISTS (
            SELECT FROM register_check c WHERE c.bureau = e.bureau AND c.application = e.application
                AND c.kind = e.kind AND c.status <> 'withdrawn')
        AND NOT EXISTS (
            SELECT FROM referral r WHERE r.bureau = e.bureau AND r.application = e.application
                AND r.kind = e.kind AND r.status <> 'withdrawn')
    ORDER BY e.application, e.kind LIMIT :limit
""")


async def close_moot(session: AsyncSession, actor: Actor, held: HeldRound) -> int:
    """Withdraw the questions about what the family no longer says; answers how many."""
    values = {"bureau": actor.bureau, "round": held.id, "notes": list(NOTES), "registration": REGISTRATION}
    moot = {row.id: RegisterStatus(row.status) for row in await session.execute(MOOT, values)}
    await withdraw(session, actor, moot)
    return len(moot)


async def withdraw(session: AsyncSession, actor: Actor, moot: dict[UUID, RegisterStatus]) -> None:
    """These questions (with their status) are put no more."""
    if not moot:
        return
    statement = (
        update(table(RegisterCheck))
        .where(col(RegisterCheck.bureau) == bindparam("of_bureau"), col(RegisterCheck.id) == bindparam("of_id"))
        .values(status=RegisterStatus.WITHDRAWN.value)
    )
    rows = [{"of_bureau": actor.bureau, "of_id": id_} for id_ in moot]
    await (await session.connection()).execute(statement, rows)
    entries = [
        journal.entry(
            actor,
            "register_check",
            "withdraw",
            f"register_check:{id_}",
            status,
            REGISTER_CHECK.next(status, RegisterEvent.WITHDRAW),
        )
        for id_, status in moot.items()
    ]
    await journal.record_all(session, entries)


async def open_checks(session: AsyncSession, vault: Vault, actor: Actor, held: HeldRound) -> int:
    """A question for each claim of some applications that has none; answers how many claims were looked at."""
    await session.execute(LOCK, {"name": f"register_checks:{held.id}"})
    values = {"bureau": actor.bureau, "round": held.id, "kinds": list(KINDS), "limit": AT_ONCE * len(KINDS)}
    claims: dict[UUID, dict[str, bytes]] = {}
    rows = (await session.execute(UNASKED, values)).all()
    for row in rows:
        claims.setdefault(row.application, {})[row.kind] = row.content
    applications = await submitted(session, actor.bureau, sorted(claims))
    keys = await vault.keys_of(session, actor.bureau, [row.child for row in applications])
    made = [
        check
        for row in applications
        for check in _checks(actor, held, row, opened(row, keys[row.child], claims[row.id]), claims[row.id])
    ]
    if made:
        columns = {name: [check[name] for check in made] for name in made[0]}
        await insert_columns(session, RegisterCheck, columns, len(made))
        entries = [
            journal.entry(actor, "register_check", "make", f"register_check:{check['id']}", "absent", check["status"])
            for check in made
        ]
        await journal.record_all(session, entries)
    return len(rows)


async def submitted(session: AsyncSession, bureau: str, ids: Sequence[UUID]) -> list[Application]:
    """Those of the applications that stand."""
    rows = await session.scalars(
        select(Application).where(
            col(Application.bureau) == bureau,
            col(Application.id).in_(ids),
            col(Application.status) == ApplicationStatus.SUBMITTED,
        )
    )
    return list(rows)


def opened(row: Application, key: bytes, kinds: Iterable[str]) -> dict[str, Wanted]:
    """What is to be asked about an application; with the registration what is asked beside it."""
    asked = set(kinds)
    form = read_form(unseal(key, row.sealed, Place("application", "sealed", row.id)))
    return wanted_of(form, sorted(asked | set(NOTES if REGISTRATION in asked else ())))


def _checks(
    actor: Actor, held: HeldRound, row: Application, wanted: dict[str, Wanted], contents: dict[str, bytes]
) -> list[dict[str, Any]]:
    made = []
    for kind, asked in wanted.items():
        status = REGISTER_CHECK.initial
        if asked.catalogue is None:
            status = REGISTER_CHECK.next(status, RegisterEvent.PASS)
        made.append(
            {
                "bureau": actor.bureau,
                "id": uuid7(),
                "guardians": list(row.guardians),
                "schools": [],
                "round": held.id,
                "application": row.id,
                "child": row.child,
                "kind": kind,
                "catalogue": asked.catalogue and asked.catalogue.value,
                "content": contents[rests_on(kind)],
                "status": status.value,
            }
        )
    return made
