"""What families are told of their applications, in the transaction of the act."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.applications import papers, queries
from app.applications.lifecycle import UNCHECKED, EvidenceEvent, Outcome
from app.applications.reading import child_names
from app.messages.post import Notice, post
from app.messages.vocabulary import one_line
from app.vault import Vault

REFUSED, CONTRADICTED = "application_refused", "register_contradicts"


class Checked(Protocol):
    @property
    def application(self) -> UUID: ...
    @property
    def event(self) -> EvidenceEvent: ...


class Row(Protocol):
    """An application."""

    @property
    def id(self) -> UUID: ...
    @property
    def child(self) -> UUID: ...
    @property
    def guardians(self) -> Sequence[UUID]: ...


async def ask_for_papers(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    round_id: UUID,
    rows: Iterable[Row],
    checks: Iterable[Checked],
    outcomes: Mapping[UUID, Outcome],
) -> None:
    """Tell the families of whose papers something is lacking now: a check has refused one and the child is not
    eligible, or all are checked and do not suffice for a decision. A child whose entry is put off needs none now."""
    refused = {check.application for check in checks if check.event is EvidenceEvent.REFUSE}
    lacking = [row for row in rows if outcomes[row.id] not in (Outcome.ELIGIBLE, Outcome.DEFERRED)]
    if not lacking:
        return
    states = await queries.checks_of(session, actor.bureau, [row.id for row in lacking])
    told = [row for row in lacking if row.id in refused or _exhausted(outcomes[row.id], states[row.id])]
    decided = await queries.last_decisions(session, actor.bureau, [row.id for row in told])
    objects = {row.id: f"decision:{decided[row.id]}" for row in told}
    await papers.ask(session, actor.bureau, told, decided, states)
    await _tell(session, vault, actor, round_id, papers.PAPERS_REQUESTED, told, objects)


def _exhausted(outcome: Outcome, states: Mapping[str, str]) -> bool:
    return outcome is Outcome.UNDETERMINED and not set(UNCHECKED) & set(states.values())


async def tell_refusal(
    session: AsyncSession, vault: Vault, actor: Actor, held: queries.HeldApplication, decision: UUID
) -> None:
    """Tell the family that a person has refused its application by this decision."""
    await _tell(session, vault, actor, held.round, REFUSED, [held], {held.id: f"decision:{decision}"})


async def tell_contradictions(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, rows: Sequence[Row], checks: Mapping[UUID, UUID]
) -> None:
    """Tell the families that a register says otherwise: application → the first question that it contradicts."""
    objects = {application: f"register_check:{check}" for application, check in checks.items()}
    await _tell(session, vault, actor, round_id, CONTRADICTED, rows, objects)


async def _tell(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    round_id: UUID,
    kind: str,
    rows: Sequence[Row],
    objects: Mapping[UUID, str],
) -> None:
    if not rows:
        return
    parameters = {"round": await queries.round_title(session, actor.bureau, round_id)}
    names = await child_names(session, vault, actor.bureau, [row.child for row in rows])
    notices = [
        Notice(kind, objects[row.id], person, parameters, {"child": one_line(names[row.child])}, tuple(row.guardians))
        for row in rows
        for person in row.guardians
    ]
    await post(session, vault, actor, notices)
