"""A bureau in which every operation finds the object that it is about, and a caller of every kind. All of it is
fictitious.

The object is the guardian's child: its application (shown to the school s1 as if it were offered there, so that this
school has business with it), its objection, its offers. The neighbour is another parent with a child of its own; the
claimant has applied with the number of the guardian's child.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts import service as accounts
from app.accounts.identity import VerifiedPerson
from app.accounts.models import TwoPersonAct
from app.actor import Actor
from app.applications import casework, deferrals, leaver_follow, leaver_register, referral_list, rulesets, submit
from app.applications.deferrals import Certificate
from app.applications.leaver_register import LeaversFile
from app.applications.queries import held_application, sealed_children, show_to_schools
from app.bureau import simulation, simulation_work
from app.cache import Cache
from app.clock import uuid7
from app.database import Database, database_now
from app.documents import showing, upload
from app.documents.intake import Intake
from app.documents.upload import Sent
from app.eligibility.ruleset import RULESETS
from app.jobs.models import Job
from app.jobs.processes import Processes
from app.messages.models import Message
from app.messages.post import Notice, post
from app.offers import exception, late, redress, vocabulary
from app.offers import service as offers
from app.offers.queries import offers_of_guardian
from app.offers.redress_case import Wanted
from app.rounds import draw, objections, publish
from app.rounds import service as rounds
from app.schools import imports
from app.schools.imports import ImportFile
from app.schools.layouts import Kind
from app.vault import Place, Vault, seal
from tests.access.cases import do_casework
from tests.access.files import LEAVERS, PICTURE, PROGRAMMES, TOWNS, file_of
from tests.access.invited import invite
from tests.access.kindergarten import file_prospectus, open_kindergarten
from tests.access.lives import Ground, NamedLife, all_lives
from tests.county import LOCAL, County, form
from tests.world import World

OF_FAMILIES = {"guardian": "parent-1", "parent": "parent-2", "claimant": "parent-3"}
OF_SCHOOLS = {"school": "office-s1", "other_school": "office-s2"}
OF_OFFICES = {"verifier": "verifier-1", "other_verifier": "verifier-2", "town": "town-1"}
DUTIES = ("registrar", "rules", "casework", "allocation", "approval", "auditor")
NUMBER = "990424202003150010"
REASON, WORDS = "虚构理由，供测试之用", "虚构异议：居住年限少算一年"
PLACED_CHILD = "虚构儿童丙"
SOLDIER, SOLDIERS_NUMBER = "虚构军人", "330424200912310024"
STANDING = {"kind": "military", "proof": {"obtained_on": "2024-01-10", "valid_until": "2028-01-09"}}
HOLDER = {"name": SOLDIER, "number_kind": "mainland", "number": SOLDIERS_NUMBER}
CONTRADICTION = (
    "INSERT INTO register_check (bureau, id, guardians, schools, round, application, child, kind, catalogue, content,"
    " status) SELECT a.bureau, :id, a.guardians, ARRAY[]::text[], a.round, a.id, a.child, e.kind,"
    " 'public_security.households', e.content, 'waiting' FROM application a JOIN evidence e ON e.bureau = a.bureau"
    " AND e.application = a.id AND e.kind = 'registration' WHERE a.bureau = :bureau AND a.id = :application",
    "UPDATE register_check SET status = 'contradicted', answered_at = now(), valid_on = '2026-06-01', digest = 'fict'"
    " WHERE bureau = :bureau AND id = :id AND application = :application",
)
FINDING = "虚构诊断：需康复一年"
CHILD = {"number_kind": "mainland", "number": NUMBER}


async def offices_of(world: World) -> dict[str, Actor]:
    """An office that is asked about the guardian's standing, another one, and a town's government."""
    offices = {"verifier": "armed_forces", "other_verifier": "public_security"}
    people = {}
    for kind, office in offices.items():
        name = f"{office}-{world.bureau}"
        await world.found(name, "office", office)
        people[kind] = await world.hire(OF_OFFICES[kind], name, "verifier")
    await world.found("t1", "town")
    people["town"] = await world.hire(OF_OFFICES["town"], "t1", "town")
    return people


@dataclass(repr=False)
class Stage:
    """`objects` and `lives` by the names that `calls.py` uses; an act of each kind waits for its second person."""

    county: County
    vault: Vault
    people: dict[str, Actor]
    tokens: dict[str, str]
    lives: dict[str, NamedLife]
    objects: dict[str, UUID]
    acts: dict[str, TwoPersonAct]
    digests: dict[str, str]
    cache: Cache

    @classmethod
    async def make(
        cls,
        database: Database,
        workers: Database,
        vault: Vault,
        cache: Cache,
        processes: Processes,
        intake: Intake,
        bureau: str,
    ) -> "Stage":
        county = await County.make(await World.make(database, vault, bureau))
        people = {kind: await county.parent(name) for kind, name in OF_FAMILIES.items()}
        people |= {kind: county.world.staff[name] for kind, name in OF_SCHOOLS.items()}
        people |= await offices_of(county.world)
        people |= {duty: county.world.staff[duty] for duty in DUTIES}
        guardian, neighbour = people["guardian"].person, people["parent"].person
        lives = await all_lives(Ground(county, vault, workers, cache, processes, guardian, neighbour))
        stage = cls(county, vault, people, {}, lives, {}, {}, {}, cache)
        await open_kindergarten(stage)
        await stage._sign_everybody_in()
        await stage._complete_children()
        await stage._apply()
        await stage._keep_objects()
        await do_casework(stage)
        await stage._simulate(workers)
        await stage._propose_acts()
        await stage._try_files()
        await file_prospectus(stage)
        await stage._send_paper(intake)
        await invite(stage)
        return stage

    @property
    def bureau(self) -> str:
        return self.county.world.bureau

    @property
    def database(self) -> Database:
        return self.county.world.database

    def round(self, name: str) -> UUID:
        return self.county.round if name == "open" else self.lives[name].round

    async def do(self, actor: Actor | str, verb: Any, *arguments: Any) -> Any:
        """Call a verb (session, actor, …) in a transaction of its own."""
        who = self.county.world.staff[actor] if isinstance(actor, str) else actor
        async with self.database.transaction(who) as session:
            return await verb(session, who, *arguments)

    async def sealed(self, actor: Actor, verb: Any, *arguments: Any) -> Any:
        """Call a verb (session, vault, actor, …)."""
        async with self.database.transaction(actor) as session:
            return await verb(session, self.vault, actor, *arguments)

    async def token_of(self, assertion: str) -> str:
        person = VerifiedPerson("development", assertion, "", "")
        async with self.database.transaction() as session:
            _, token = await accounts.sign_in(session, self.vault, self.bureau, person, 8, "test")
        return token

    async def _sign_everybody_in(self) -> None:
        assertions = {**OF_FAMILIES, **OF_SCHOOLS, **OF_OFFICES, **{duty: duty for duty in DUTIES}}
        self.tokens |= {kind: await self.token_of(name) for kind, name in assertions.items()}

    async def _complete_children(self) -> None:
        """With what a form would have told of them, so that their guardians can apply again."""
        told = {"name": PLACED_CHILD, "number": None, "born_on": "2020-02-02"}
        children = [family.child for life in self.lives.values() for family in life.families]
        async with self.database.transaction(self.people["casework"]) as session:
            known = await sealed_children(session, self.bureau, children)
            keys = await self.vault.keys_of(session, self.bureau, [child for child, _ in known])
            for child, key in keys.items():
                await session.execute(
                    text("UPDATE child SET sealed = :sealed WHERE bureau = :bureau AND id = :id"),
                    {"sealed": seal(key, told, Place("child", "sealed", child)), "bureau": self.bureau, "id": child},
                )

    async def _apply(self) -> None:
        forms = {
            "guardian": form("虚构儿童甲", {**LOCAL, "policy": STANDING}, child=CHILD, policy_holder=HOLDER),
            "claimant": form("虚构儿童甲", child=CHILD),
            "parent": form("虚构儿童乙"),
        }
        for kind, filled in forms.items():
            actor = self.people[kind]
            receipt = await self.sealed(actor, submit.submit, self.county.round, filled, f"stage-{kind}")
            self.objects[f"application of {kind}"] = UUID(receipt["application"])
        mine = self.objects["application"] = self.objects["application of guardian"]
        casework_officer = self.people["casework"]
        async with self.database.transaction(casework_officer) as session:
            held = await held_application(session, self.bureau, mine)
            await show_to_schools(session, self.bureau, [(mine, held.child, "s1")])

    def asked_office(self) -> str:
        """The office that is asked about the guardian's standing."""
        return self.people["verifier"].organisations[0]

    async def _keep_objects(self) -> None:
        [asked] = await self.sealed(
            self.people["verifier"], referral_list.list_referrals, self.asked_office(), None, None, 9
        )
        self.objects["referral"] = asked.id
        finding = Certificate("虚构医院", date(2026, 5, 10), FINDING)
        self.objects["deferral"], _ = await self.sealed(
            self.people["guardian"], deferrals.request_deferral, self.objects["application"], finding
        )
        ranked, mine = self.lives["ranked"], self.people["guardian"]
        self.objects["ranked application"] = ranked.families[0].application
        self.objects["bundled application"] = self.lives["finalising"].families[0].application
        self.objects["objection"] = await self.sealed(
            mine, objections.file_objection, self.objects["ranked application"], WORDS
        )
        for kind in ("guardian", "parent"):
            person = self.people[kind]
            async with self.database.transaction(person) as session:
                for offer in await offers_of_guardian(session, self.bureau, person.person):
                    name = next(name for name, life in self.lives.items() if life.round == offer.round)
                    self.objects[f"{name} offer of {kind}"] = offer.id
        self.objects["contradiction"] = await self._contradicted(self.objects["application"])
        await self._tell(mine)
        grantee = await self.county.parent("parent-4")
        self.objects["grantee"] = grantee.person
        grant = await self.do("registrar", accounts.grant_role, grantee.person, "s3", "school_office", date(2026, 1, 1))
        self.objects["grant"] = grant.id
        self.objects["job"] = await self._failed_job("fictitious", self.people["casework"])
        self.objects["allocation"] = await self._failed_job("allocate", self.people["allocation"])

    async def _contradicted(self, application: UUID) -> UUID:
        """A register says otherwise than the application."""
        async with self.database.transaction(self.people["casework"]) as session:
            check = uuid7()
            values = {"bureau": self.bureau, "application": application, "id": check}
            for statement in CONTRADICTION:
                await session.execute(text(statement), values)
        return check

    async def _simulate(self, workers: Database) -> None:
        """A simulation of a published bundle and of one that is not, each with what it found."""
        worker = replace(self.people["allocation"], organisations=(), duties=(), role="worker")
        for name, life in (("simulation", "answered"), ("secret simulation", "verified")):
            row = await self.do("allocation", simulation.request_simulation, self.round(life), None, 1, 1, REASON)
            self.objects[name] = row.id
            async with workers.transaction(worker) as session:
                await simulation_work.keep(session, self.bureau, row.id, {"measures": []}, b"applicant,programme\n")

    async def _send_paper(self, intake: Intake) -> None:
        """A picture for the guardian's child, which the school s1 is shown."""
        guardian, casework_officer = self.people["guardian"], self.people["casework"]

        async def receive() -> Sent:
            return Sent(PICTURE, "虚构证明.jpg", "home")

        @asynccontextmanager
        async def begin() -> AsyncIterator[tuple[AsyncSession, Actor]]:
            async with self.database.transaction(guardian) as session:
                yield session, guardian

        application = self.objects["application"]
        receipt = await upload.upload(begin, self.vault, self.cache, intake, application, "stage-document", receive)
        self.objects["document"] = UUID(receipt["document"])
        await self.do(casework_officer, showing.show_document, self.objects["document"], "s1")

    async def _tell(self, guardian: Actor) -> None:
        """The guardian is told of its application."""
        title = {"zh": "虚构招生", "en": "Fictitious admissions"}
        about = f"application:{self.objects['application']}"
        notice = Notice("application_refused", about, guardian.person, {"round": title}, {"child": PLACED_CHILD})
        officer = self.people["casework"]
        async with self.database.transaction(officer) as session:
            await post(session, self.vault, officer, [notice])
            found = await session.scalar(select(col(Message.id)).where(col(Message.bureau) == self.bureau))
        assert found is not None
        self.objects["message"] = found

    async def _failed_job(self, kind: str, asked: Actor) -> UUID:
        async with self.database.transaction(asked) as session:
            row = {
                "bureau": self.bureau,
                "id": uuid7(),
                "kind": kind,
                "object": f"round:{self.county.round}",
                "arguments": {},
                "status": "failed",
                "attempt": 5,
                "attempt_limit": 5,
                "person": asked.person,
                "account": asked.account,
                "role": asked.role,
                "request": "test",
                "finished_at": await database_now(session),
                "failure": "fictitious",
            }
            return (await session.execute(insert(Job).returning(col(Job.id)), [row])).scalar_one()

    async def _propose_acts(self) -> None:
        """Each by the second officer of its duty, so that whoever acts in a test is not who proposed."""
        async with self.database.transaction() as session:
            later = await database_now(session) + timedelta(days=2)
        async with self.database.transaction(self.people["rules"]) as session:
            await rulesets.upload(session, self.people["rules"], self.ruleset_text("second"))
        offer, parted = self.objects["answered offer of guardian"], self.lives["parted"]
        proposals: dict[str, tuple[str, Any, tuple[Any, ...]]] = {
            "activation": ("rules-2", rulesets.propose_activation, (self.ruleset_id("second"),)),
            "override": ("casework-2", casework.propose_override, (self.objects["application"], REASON)),
            "extension": ("rules-2", rounds.propose_extension, (self.county.round, later, REASON)),
            "draw": ("allocation-2", draw.propose_draw, (self.round("drawing"), "4-0-7")),
            "approval": ("allocation-2", publish.propose_approval, (self.round("verified"),)),
            "annulment": ("allocation-2", publish.propose_annulment, (self.round("finalising"), REASON)),
            "withdrawal": ("casework-2", offers.propose_withdrawal, (offer, REASON)),
            "exception": (
                "allocation-2",
                exception.propose_exception,
                (parted.round, parted.second(), parted.programme("s1"), REASON),
            ),
            "redress": (
                "allocation-2",
                redress.propose_redress,
                (parted.round, self.redress(), REASON),
            ),
        }
        for name, (who, verb, arguments) in proposals.items():
            self.acts[name] = await self.do(who, verb, *arguments)

    def redress(self) -> Wanted:
        """The same, because a check was in error."""
        parted = self.lives["parted"]
        return Wanted(parted.second(), parted.programme("s1"), vocabulary.Ground.CHECKED_IN_ERROR)

    def exception(self) -> dict[str, str]:
        """The second of the guardian's twins is to be where the first is."""
        parted = self.lives["parted"]
        return {"application": str(parted.second()), "programme": parted.programme("s1"), "reason": REASON}

    def ruleset_id(self, name: str) -> str:
        return f"{name}-{self.bureau}"

    def ruleset_text(self, name: str) -> str:
        source = (RULESETS / "primary-2026.toml").read_text(encoding="utf-8")
        return source.replace('id = "primary-2026"', f'id = "{self.ruleset_id(name)}"', 1)

    async def _try_files(self) -> None:
        tried = (
            ("towns", "registrar", ImportFile(Kind.TOWNS, "fictitious.csv", file_of(TOWNS, self))),
            (
                "programmes",
                "rules",
                ImportFile(Kind.PROGRAMMES, "fictitious.csv", file_of(PROGRAMMES, self), self.round("planned")),
            ),
        )
        for name, who, file in tried:
            report = await self.do(who, imports.dry_run, file)
            assert report.digest is not None, report.problems
            self.digests[name] = report.digest
        self.digests["left"] = (await self.do("rules", late.seats_left, self.round("concluded"))).digest
        leavers = LeaversFile(2026, "fictitious.csv", LEAVERS)
        shown = await self.sealed(self.people["registrar"], leaver_register.dry_run, leavers)
        assert shown.digest is not None, shown.problems
        self.digests["leavers"] = shown.digest
        before = replace(leavers, year=2025)
        shown = await self.sealed(self.people["registrar"], leaver_register.dry_run, before)
        await self.sealed(self.people["registrar"], leaver_register.apply, before, shown.digest)
        async with self.database.transaction(self.people["registrar"]) as session:
            self.objects["leaver"] = (await leaver_follow.standings(session, self.bureau, 2025))[0].leaver

    @property
    def kindergarten(self) -> str:
        """Of the school's office too, and of this bureau alone."""
        return f"k-{self.bureau}"
