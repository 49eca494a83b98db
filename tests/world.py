"""A fictitious bureau for a test: its organisation, and an actor for every role. Names say that they are invented."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.accounts.identity import VerifiedPerson, fictitious_persons
from app.accounts.models import Organisation, RoleGrant
from app.accounts.service import register
from app.actor import Actor
from app.clock import uuid7
from app.database import Database
from app.vault import Vault

DUTIES = ("registrar", "rules", "casework", "allocation", "approval", "auditor")
SECONDS = ("rules-2", "casework-2", "allocation-2")


@dataclass
class World:
    """`staff` by the development provider's assertion (which is also how the API signs them in)."""

    database: Database
    vault: Vault
    bureau: str
    staff: dict[str, Actor] = field(default_factory=dict)

    @classmethod
    async def make(cls, database: Database, vault: Vault, bureau: str) -> "World":
        world = cls(database, vault, bureau)
        async with database.transaction(world.founder()) as session:
            session.add(Organisation(bureau=bureau, id=bureau, kind="bureau", name="虚构教育局"))
        for assertion in (*DUTIES, *SECONDS):
            await world.hire(assertion, bureau, assertion.partition("-")[0])
        return world

    def founder(self) -> Actor:
        """Whoever sets a bureau up, before anybody holds a role."""
        return Actor(self.bureau, UUID(int=1), UUID(int=1), (self.bureau,), ("registrar",), role="registrar")

    async def person(self, assertion: str) -> Actor:
        """A registered fictitious person without any role: a parent."""
        known = fictitious_persons().get(assertion)
        verified = known or VerifiedPerson("development", assertion, f"虚构人物{assertion}", "")
        actor = Actor(self.bureau, uuid7(), uuid7(), source="test", request="test")
        async with self.database.transaction() as session:
            return await register(session, self.vault, actor, verified)

    async def found(self, organisation: str, kind: str, office: str | None = None) -> None:
        """Another office or a town's government."""
        row = Organisation(
            bureau=self.bureau, id=organisation, kind=kind, office=office, name=f"虚构机构{organisation}"
        )
        async with self.database.transaction(self.founder()) as session:
            session.add(row)

    async def hire(self, assertion: str, organisation: str, role: str) -> Actor:
        """A person with one role."""
        actor = await self.person(assertion)
        async with self.database.transaction(self.founder()) as session:
            session.add(
                RoleGrant(
                    bureau=self.bureau,
                    person=actor.person,
                    organisation=organisation,
                    role=role,
                    valid_from=date(2026, 1, 1),
                )
            )
        duties = (role,) if organisation == self.bureau else ()
        hired = Actor(
            self.bureau, actor.person, actor.account, (organisation,), duties, role, source="test", request="test"
        )
        self.staff[assertion] = hired
        return hired
