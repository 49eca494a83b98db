"""Families and officers of a small county acting one after another, each in a transaction of its own."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.actor import Actor
from app.applications import casework, queries, submit
from app.applications.casework import Check
from app.applications.form import Form
from app.applications.lifecycle import EvidenceEvent, Outcome
from app.database import Database
from app.vault import Place, Vault, unseal
from tests.county import MIGRANT, County

PAPERS = {"education": "college", "skill": "none", "honours": ["county"], "records": []}
PARENT = {**MIGRANT["first_parent"], **PAPERS}
# A family that shows every kind of evidence.
WHOLE: dict[str, Any] = {
    **MIGRANT,
    "first_parent": PARENT,
    "second_parent": PARENT,
    "schooling": {"kind": "kindergarten", "since": "2023-09-01"},
    "policy": {"kind": "military", "proof": {"obtained_on": "2024-01-01", "valid_until": "2030-01-01"}},
    "document": {"kind": "travel_permit", "proof": {"obtained_on": "2024-01-01", "valid_until": "2030-01-01"}},
    "deferral": {"years": [2025]},
}


@dataclass(frozen=True)
class Office:
    county: County
    vault: Vault

    @property
    def database(self) -> Database:
        return self.county.world.database

    def staff(self, name: str) -> Actor:
        return self.county.world.staff[name]

    async def open_connections(self, count: int) -> None:
        """So many at once, so that what races afterwards does not wait for its connection."""

        async def hold() -> None:
            async with self.database.transaction() as session:
                await session.execute(text("SELECT pg_sleep(0.1)"))

        await asyncio.gather(*(hold() for _ in range(count)))

    async def receipt(self, parent: Actor, filled: Form, key: str, round_id: UUID | None = None) -> dict[str, Any]:
        async with self.database.transaction(parent) as session:
            return await submit.submit(session, self.vault, parent, round_id or self.county.round, filled, key)

    async def apply(self, parent: Actor | str, filled: Form, key: str = "key-00000001") -> UUID:
        """Submit; answers the application's id."""
        actor = await self.county.parent(parent) if isinstance(parent, str) else parent
        return UUID((await self.receipt(actor, filled, key))["application"])

    async def withdraw(self, parent: Actor, application: UUID) -> None:
        async with self.database.transaction(parent) as session:
            await submit.withdraw(session, parent, application)

    async def check(self, application: UUID, who: str = "casework", **events: str) -> Outcome:
        """Kind of evidence → event; answers the outcome."""
        checks = [Check(application, kind, EvidenceEvent(event)) for kind, event in events.items()]
        return (await self.check_all(checks, who))[application]

    async def check_all(self, checks: list[Check], who: str = "casework") -> dict[UUID, Outcome]:
        actor = self.staff(who)
        async with self.database.transaction(actor) as session:
            return await casework.check_evidence(session, self.vault, actor, self.county.round, checks)

    async def confirm(self, application: UUID, but: tuple[str, ...] = ()) -> Outcome:
        """Confirm everything that is claimed, but some."""
        kinds = [kind for kind, status in (await self.checks(application)).items() if status == "claimed"]
        return await self.check(application, **{kind: "confirm" for kind in kinds if kind not in but})

    async def checks(self, application: UUID) -> dict[str, str]:
        async with self.database.transaction(self.staff("casework")) as session:
            found = await queries.checks_of(session, self.county.world.bureau, [application])
        return found[application]

    async def do(self, who: str | Actor, verb: Any, *arguments: Any, sealed: bool = True) -> Any:
        """Call a verb (session, vault, actor, …), or (session, actor, …) where it is not `sealed`."""
        actor = self.staff(who) if isinstance(who, str) else who
        async with self.database.transaction(actor) as session:
            vault = (self.vault,) if sealed else ()
            return await verb(session, *vault, actor, *arguments)

    async def rows(self, query: str, who: str = "casework", **values: Any) -> list[Any]:
        async with self.database.transaction(self.staff(who)) as session:
            return list((await session.execute(text(query), values)).all())

    async def outcome(self, application: UUID) -> str:
        found = await self.rows("SELECT outcome FROM application WHERE id = :id", id=application)
        return str(found[0].outcome)

    async def last_decision(self, application: UUID) -> Any:
        found = await self.rows(
            "SELECT * FROM decision WHERE application = :id ORDER BY number DESC LIMIT 1", id=application
        )
        return found[0]

    async def reason(self, application: UUID) -> str | None:
        """The sealed reason of the decision that counts."""
        row = await self.last_decision(application)
        if row.reason is None:
            return None
        async with self.database.transaction(self.staff("casework")) as session:
            held = await queries.application_by_id(session, self.county.world.bureau, application)
            key = await self.vault.key_of(session, self.county.world.bureau, held.child)
        return str(unseal(key, row.reason, Place("decision", "reason", row.id)))

    async def journal(self, object_: str) -> list[tuple[str, str, str]]:
        """(action, before, after) of an object, oldest first."""
        found = await self.rows(
            "SELECT action, before, after FROM journal_entry WHERE object = :object ORDER BY id", object=object_
        )
        return [(row.action.partition(":")[2], row.before, row.after) for row in found]
