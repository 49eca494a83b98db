"""A small county beside a fictitious data platform on a socket, and sweeps that ask it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.actor import Actor
from app.applications.form import Form
from app.applications.numbers import check_digit
from app.applications.register_pace import Pace
from app.applications.register_watch import Sweep, Watch
from app.demo.register_holdings import Holdings
from app.demo.register_server import Platform
from app.demo.register_serving import asking, serving
from app.gateways.registers import RegisterGateway
from app.settings import Settings
from tests.applications.office import Office
from tests.county import form

QUICK = Watch(pace=Pace(timedelta(milliseconds=20), timedelta(milliseconds=100)), lease=timedelta(seconds=30))
BORN = "2020-03-15"


def numbered(number: int) -> dict[str, Any]:
    """A fictitious child with a number; its region (99) does not exist."""
    body = f"990424{BORN.replace('-', '')}{number:03d}"
    return {"name": f"虚构儿童{number:03d}", "number_kind": "mainland", "number": body + check_digit(body)}


@dataclass(repr=False)
class Hall:
    """`applications` by the number given to the child. What the registers hold is what is told to `knows`."""

    office: Office
    settings: Settings
    platform: Platform
    port: int
    gateway: RegisterGateway
    applications: dict[int, UUID] = field(default_factory=dict)
    parents: dict[int, Actor] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def opened(cls, office: Office, settings: Settings, seconds: float = 0.5) -> AsyncIterator["Hall"]:
        platform = Platform(Holdings.of_forms([]), keeps=True)
        async with serving(platform) as port:
            asked = asking(settings, port)
            async with RegisterGateway(asked, seconds, pause=0.05) as gateway:
                yield cls(office, asked, platform, port, gateway)

    def knows(self, *forms: Form) -> None:
        """The registers hold what this form says."""
        self.platform.holdings.forms.update(Holdings.of_forms(forms).forms)

    async def family(self, number: int, known: Form | None = None, **changes: Any) -> UUID:
        """A family applies for its numbered child; the registers hold what it says, or what `known` does."""
        filled = form(**{**changes, "child": numbered(number)})
        self.knows(known or filled)
        if number not in self.parents:
            self.parents[number] = await self.office.county.parent(f"parent-{number}")
        key = f"key-{filled.digest[:20]}"
        self.applications[number] = await self.office.apply(self.parents[number], filled, key)
        return self.applications[number]

    def sweep(self, how: Watch = QUICK) -> Sweep:
        actor = self.office.staff("casework")
        return Sweep(
            self.office.database,
            self.office.vault,
            self.gateway,
            how,
            Actor(actor.bureau, actor.person, actor.account, (actor.bureau,), ("casework",), "worker", "worker"),
            self.office.county.round,
        )

    async def ask(self, how: Watch = QUICK) -> None:
        await self.sweep(how).go()

    async def ask_until_resolved(self, how: Watch = QUICK, sweeps: int = 100) -> None:
        for _ in range(sweeps):
            await self.ask(how)
            if not await self.statuses("status = 'waiting'"):
                return
            await asyncio.sleep(0.03)
        raise AssertionError("some questions still wait")

    async def statuses(self, where: str = "true") -> dict[tuple[UUID, str], str]:
        """(application, kind) → status, of the live questions."""
        rows = await self.office.rows(
            "SELECT application, kind, status FROM register_check WHERE bureau = :bureau AND status <> 'withdrawn'"
            f" AND {where} ORDER BY id",
            bureau=self.office.county.world.bureau,
        )
        return {(row.application, row.kind): row.status for row in rows}

    async def of(self, number: int) -> dict[str, str]:
        found = await self.statuses()
        return {
            kind: status for (application, kind), status in found.items() if application == self.applications[number]
        }

    async def check(self, number: int, kind: str) -> UUID:
        [row] = await self.office.rows(
            "SELECT id FROM register_check WHERE application = :a AND kind = :kind AND status <> 'withdrawn'",
            a=self.applications[number],
            kind=kind,
        )
        found: UUID = row.id
        return found
