"""What follows from the answers of registers, for many applications in one transaction.

An answer that agrees in everything confirms the evidence, if nobody has checked it yet. One that differs, or knows
nothing, changes nothing by itself: it is kept, shown, and waits for a person. No answer is asked for again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications import queries
from app.applications.assessment import EVIDENCE
from app.applications.casework import Check, mark
from app.applications.decide import Case, cases_of, decide_and_store
from app.applications.lifecycle import (
    REGISTER_CHECK,
    UNCHECKED,
    ApplicationStatus,
    EvidenceEvent,
    EvidenceSource,
    RegisterEvent,
    RegisterStatus,
)
from app.applications.models import Application, Evidence, RegisterCheck
from app.applications.notices import ask_for_papers, tell_contradictions
from app.applications.queries import WITHIN_YEAR, HeldRound
from app.applications.register_comparison import Compared, FlatUsed, compare
from app.applications.register_flats import flats_of
from app.applications.register_list import ANSWER
from app.applications.register_questions import KINDS, NOTES, Wanted, wanted_of
from app.applications.register_standing import still_claimed
from app.applications.within_year import PLACED
from app.database import table
from app.eligibility.exact_json import canonical, sha256
from app.gateways.answers import RegisterAnswer
from app.journal import service as journal
from app.vault import Place, Vault, seal

FLAT_USES = text("SELECT * FROM flat_uses_known(CAST(:bureau AS text), CAST(:stage AS text), CAST(:flats AS bytea[]))")


@dataclass(frozen=True, repr=False)
class _Settled:
    """One question with its answer compared; `digest` names the answer."""

    check: RegisterCheck
    answer: RegisterAnswer
    compared: Compared
    status: RegisterStatus
    digest: str
    flat: bytes | None


async def settle(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, answers: Mapping[UUID, RegisterAnswer]
) -> None:
    """Keep these answers (question → answer) and decide anew what they confirm, in the bureau's name.

    A question that was answered, or became moot, meanwhile is left as it is. Raises `application.not_checkable` after
    the freeze.
    """
    held = await queries.checkable_round(session, actor.bureau, round_id)
    rows = await queries.held_applications(session, actor.bureau, round_id, await _concerned(session, actor, answers))
    rows = await _open_to_checks(session, actor.bureau, held, rows)
    checks = await _waiting(session, actor.bureau, [row.id for row in rows], answers)
    by_id = {row.id: row for row in rows}
    cases = {case.application: case for case in await cases_of(session, vault, actor.bureau, rows)}
    uses = await flats_of(session, vault, actor.bureau, held, checks, answers)
    wanted = {case.application: wanted_of(case.form, (*KINDS, *NOTES)) for case in cases.values()}
    compared = [
        _settle(vault, held, wanted[check.application].get(check.kind), check, answers[check.id], uses)
        for check in checks
    ]
    settled = [one for one in compared if one is not None]
    await _keep(session, actor, settled, {case.application: case.child.key for case in cases.values()})
    entries = [
        journal.entry(
            actor,
            "register_check",
            one.compared.event.value,
            f"register_check:{one.check.id}",
            RegisterStatus.WAITING,
            f"{one.status.value} {one.digest}",
        )
        for one in settled
    ]
    confirmed = [_confirmation(one) for one in settled if _confirms(one, cases[one.check.application])]
    entries += await mark(session, actor, confirmed)
    changed = [by_id[application] for application in sorted({check.application for check in confirmed})]
    if changed:
        anew = await cases_of(session, vault, actor.bureau, changed)
        entries += await decide_and_store(session, actor, held, anew)
    await journal.record_all(session, entries)
    await _tell(session, vault, actor, round_id, changed, confirmed, settled, by_id)


async def _concerned(session: AsyncSession, actor: Actor, answers: Iterable[UUID]) -> list[UUID]:
    found = select(col(RegisterCheck.application)).where(
        col(RegisterCheck.bureau) == actor.bureau, col(RegisterCheck.id).in_([*answers])
    )
    return sorted(set(await session.scalars(found)))


async def _open_to_checks(
    session: AsyncSession, bureau: str, held: HeldRound, rows: list[Application]
) -> list[Application]:
    """Those submitted, and within the year those that hold no place yet."""
    standing = [row for row in rows if row.status == ApplicationStatus.SUBMITTED]
    if held.kind != WITHIN_YEAR:
        return standing
    placed = {row.id for row in standing if await session.scalar(PLACED, {"bureau": bureau, "applications": [row.id]})}
    return [row for row in standing if row.id not in placed]


async def _waiting(
    session: AsyncSession, bureau: str, applications: list[UUID], answers: Iterable[UUID]
) -> list[RegisterCheck]:
    """Those of the questions that still wait and still speak of what the family says, held."""
    rows = await session.scalars(
        select(RegisterCheck)
        .join(Evidence, still_claimed())
        .where(
            col(RegisterCheck.bureau) == bureau,
            col(RegisterCheck.id).in_([*answers]),
            col(RegisterCheck.application).in_(applications),
            col(RegisterCheck.status) == RegisterStatus.WAITING,
        )
        .order_by(col(RegisterCheck.id))
        .with_for_update(of=table(RegisterCheck))
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _settle(
    vault: Vault,
    held: HeldRound,
    wanted: Wanted | None,
    check: RegisterCheck,
    answer: RegisterAnswer,
    uses: Mapping[UUID, tuple[bytes, list[FlatUsed]]],
) -> _Settled | None:
    """None where the family no longer says what was asked about."""
    if wanted is None or wanted.catalogue is None or wanted.catalogue != check.catalogue:
        return None
    flat, used = uses.get(check.id, (None, []))
    compared = compare(wanted.catalogue, wanted.said, answer.record, held.as_of, used)
    status = REGISTER_CHECK.next(RegisterStatus(check.status), compared.event)
    named: dict[str, Any] = {
        "catalogue": check.catalogue,
        "valid_on": answer.valid_on.isoformat(),
        "record": answer.record,
    }
    # Keyed: the record of a person whose particulars are known could else be guessed from its digest.
    digest = sha256(vault.lookup("register_answer", canonical({"check": str(check.id), **named})).hex())
    return _Settled(check, answer, compared, status, digest, flat)


async def _keep(session: AsyncSession, actor: Actor, settled: list[_Settled], keys: Mapping[UUID, bytes]) -> None:
    rows = []
    for one in settled:
        kept = {"record": one.answer.record, **one.compared.to_json()}
        place = Place("register_check", ANSWER, one.check.id)
        rows.append(
            {
                "of_bureau": actor.bureau,
                "of_id": one.check.id,
                "now_status": one.status.value,
                "now_valid_on": one.answer.valid_on,
                "now_digest": one.digest,
                "now_sealed": seal(keys[one.check.application], kept, place),
                "now_flat": one.flat,
            }
        )
    if rows:
        statement = (
            update(table(RegisterCheck))
            .where(col(RegisterCheck.bureau) == bindparam("of_bureau"), col(RegisterCheck.id) == bindparam("of_id"))
            .values(
                {name: bindparam(f"now_{name}") for name in ("status", "valid_on", "digest", "sealed", "flat")}
                | {"answered_at": text("clock_timestamp()")}
            )
        )
        await (await session.connection()).execute(statement, rows)


def _confirms(one: _Settled, case: Case) -> bool:
    """What a person has checked before stays as that person left it."""
    kind = one.check.kind
    return one.compared.event is RegisterEvent.CONFIRM and kind in EVIDENCE and case.checks.get(kind) in UNCHECKED


def _confirmation(one: _Settled) -> Check:
    return Check(
        one.check.application, one.check.kind, EvidenceEvent.CONFIRM, EvidenceSource.REGISTER, one.answer.valid_on
    )


async def _tell(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    round_id: UUID,
    changed: list[Application],
    confirmed: list[Check],
    settled: list[_Settled],
    by_id: Mapping[UUID, Application],
) -> None:
    if changed:
        outcomes = await queries.outcomes_of(session, actor.bureau, [row.id for row in changed])
        await ask_for_papers(session, vault, actor, round_id, changed, confirmed, outcomes)
    contradicted: dict[UUID, UUID] = {}
    for one in settled:
        if one.status is RegisterStatus.CONTRADICTED:
            contradicted.setdefault(one.check.application, one.check.id)
    rows = [by_id[application] for application in sorted(contradicted)]
    await tell_contradictions(session, vault, actor, round_id, rows, contradicted)
