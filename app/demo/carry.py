"""One whole round, step by step, through the verbs that the API and the offices use.

Families act singly, offices by list. Deadlines are brought forward by journalled acts that a demonstration alone
may do; no clock is moved.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.identity import fictitious_family
from app.actor import Actor
from app.applications import casework, submit
from app.applications import queries as applications
from app.applications.lifecycle import UNCHECKED, EvidenceEvent
from app.cache import Cache
from app.clock import perf_counter, uuid7
from app.database import Database, database_now
from app.demo.county import FictitiousCounty, csv_of, plan_seats
from app.demo.entries import BUREAU, YEAR, Entry
from app.demo.families import Child
from app.demo.fate import Fate
from app.demo.staging import Staff, import_file
from app.rounds import service as rounds
from app.rounds.service import Deadline, Document, RoundPlan
from app.rounds.vocabulary import DocumentKind
from app.schools.imports import ImportFile
from app.schools.layouts import Kind
from app.vault import Vault

AT_ONCE = 8
LIST_LENGTH = 500
Advance = Callable[[int], None]
Step = Callable[[str, int], Advance]


@dataclass
class Demonstration:
    """What the steps of one round share. `step(name, total)` shows a bar and answers how to advance it."""

    entry: Entry
    database: Database
    vault: Vault
    fate: Fate
    county: FictitiousCounty
    children: list[Child]
    seats: Fraction
    staff: Staff
    step: Step
    ruleset: str
    cache: Cache
    open_cases: int = 0
    round: UUID = field(default_factory=uuid7)
    parents: dict[int, Actor] = field(default_factory=dict)
    applications: dict[int, UUID] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    arrived: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def timed(self, name: str, total: int = 1) -> AsyncIterator[Advance]:
        """Show the step and keep its time."""
        started, advance = perf_counter(), self.step(name, total)
        yield advance
        if total == 1:
            advance(1)
        self.seconds[name] = round(self.seconds.get(name, 0) + perf_counter() - started, 2)

    async def all_at_once(self, jobs: Iterable[Callable[[], Awaitable[None]]], advance: Advance) -> None:
        """Many families at the same time, a few transactions at once."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def through(job: Callable[[], Awaitable[None]]) -> None:
            async with gate:
                await job()
            advance(1)

        await asyncio.gather(*(through(job) for job in jobs))


async def plan(demo: Demonstration) -> None:
    """Plan the round and its programmes, publish the seven documents, open."""
    rules = demo.staff["rules"]
    async with demo.timed("plan"):
        async with demo.database.transaction(rules) as session:
            now = await database_now(session)
            planned = await rounds.plan_round(
                session,
                demo.vault,
                rules,
                RoundPlan(
                    code=demo.entry.code,
                    stage=demo.entry.stage,
                    year=YEAR,
                    title_zh=demo.entry.title_zh,
                    title_en=demo.entry.title_en,
                    ruleset=demo.ruleset,
                    fallback=demo.entry.fallback,
                    as_of=demo.entry.as_of,
                    opens_at=now,
                    closes_at=now + timedelta(days=14),
                    demonstration=True,
                ),
                round_key=demo.fate.bytes_for(*demo.entry.label, "round key"),
            )
        demo.round = planned.id
        await import_file(demo.database, rules, _programmes(demo))
        async with demo.database.transaction(rules) as session:
            await rounds.put_documents(session, rules, demo.round, [_document(kind) for kind in DocumentKind])
            await rounds.publish_information(session, rules, demo.round)
        async with demo.database.transaction(rules) as session:
            await rounds.open_round(session, rules, demo.round)


def _programmes(demo: Demonstration) -> ImportFile:
    entry, rows = demo.entry, []
    for births in entry.births:
        counts = {school.id: 0 for school in demo.county.schools}
        for child in demo.children:
            counts[demo.county.school_of(child.form.residence_community)] += child.births is births
        plans = plan_seats(counts, demo.seats, births.seats)
        named = [(school, entry.programme(school, births.age_class), *plan) for school, plan in plans.items()]
        rows += [
            (entry.code, programme, school, entry.grade, births.age_class, classes, size, "yes")
            for school, programme, classes, size in named
        ]
    header = ("round", "programme", "school", "grade", "age_class", "classes", "class_size", "fictitious")
    return ImportFile(Kind.PROGRAMMES, "programmes.csv", csv_of(header, rows), demo.round)


def _document(kind: DocumentKind) -> Document:
    return Document(
        kind,
        f"{kind.value}：本演示的公开文件，内容为虚构。",
        f"{kind.value}: a public document of this demonstration; its content is fictitious.",
    )


async def sign_in_all(demo: Demonstration) -> None:
    """Every family signs in, singly; the first time this makes its account."""

    def sign_in(family: int) -> Callable[[], Awaitable[None]]:
        async def once() -> None:
            verified = fictitious_family(family)
            async with demo.database.transaction() as session:
                actor, _ = await accounts.sign_in(session, demo.vault, BUREAU, verified, 12, "demo")
            demo.parents[family] = replace(actor, source="demo")

        return once

    families = sorted({child.family for child in demo.children})
    async with demo.timed("sign in", len(families)) as advance:
        await demo.all_at_once((sign_in(family) for family in families), advance)


async def apply(demo: Demonstration) -> None:
    """Every family applies, singly."""

    def one(child: Child) -> Callable[[], Awaitable[None]]:
        async def once() -> None:
            parent = demo.parents[child.family]
            async with demo.database.transaction(parent) as session:
                receipt = await submit.submit(
                    session, demo.vault, parent, demo.round, child.form, f"demo-{child.number:08d}", child.reference
                )
            demo.applications[child.number] = UUID(receipt["application"])

        return once

    async with demo.timed("apply", len(demo.children)) as advance:
        await demo.all_at_once((one(child) for child in demo.children), advance)


async def close(demo: Demonstration) -> None:
    """The deadline is brought forward and the round closes."""
    rules, allocation = demo.staff["rules"], demo.staff["allocation"]
    async with demo.timed("close"):
        async with demo.database.transaction(rules) as session:
            await rounds.bring_forward(session, rules, demo.round, Deadline.CLOSES_AT)
        async with demo.database.transaction(allocation) as session:
            await rounds.close_round(session, allocation, demo.round)


async def check(demo: Demonstration) -> int:
    """Offices check evidence by list; late papers stay open, lacking ones are refused. Answers how many stay open."""
    casework_officer = demo.staff["casework"]
    known = {demo.applications[child.number]: child.papers for child in demo.children}
    checks = []
    async with demo.database.transaction(casework_officer) as session:
        claimed = await applications.checks_of(session, BUREAU, sorted(known))
    for application, kinds in claimed.items():
        for kind, standing in kinds.items():
            if kind in UNPROVED or standing not in UNCHECKED:
                continue
            if known[application] == "fine" or kind not in CRUCIAL:
                checks.append(casework.Check(application, kind, EvidenceEvent.CONFIRM))
    async with demo.timed("check papers", len(checks)) as advance:
        await _check_by_list(demo, checks, advance)
    return sum(papers != "fine" for papers in known.values())


# Elder brothers and sisters came before the service: nobody proves them here.
UNPROVED = ("sibling",)
CRUCIAL = ("registration", "permit", "second_permit", "leaver")


async def resolve(demo: Demonstration) -> None:
    """An officer finds the late papers and refuses what is lacking; a person answers for each refusal."""
    known = {demo.applications[child.number]: child.papers for child in demo.children if child.papers != "fine"}
    officer = demo.staff["casework-2"]
    async with demo.timed("resolve open cases", len(known)) as advance:
        async with demo.database.transaction(officer) as session:
            claimed = await applications.checks_of(session, BUREAU, sorted(known))
        checks = [
            casework.Check(
                application, kind, EvidenceEvent.CONFIRM if known[application] == "late" else EvidenceEvent.REFUSE
            )
            for application, kinds in claimed.items()
            for kind in kinds
            if kind in CRUCIAL
        ]
        await _check_by_list(demo, checks, lambda _: None)
        for application, papers in sorted(known.items()):
            if papers == "lacking":
                async with demo.database.transaction(officer) as session:
                    await casework.confirm_refusal(session, demo.vault, officer, application, REFUSAL)
            advance(1)


REFUSAL = "截至补正期限，居住证未能核实，也无其他可替代的证明（演示，虚构）。"


async def _check_by_list(demo: Demonstration, checks: list[casework.Check], advance: Advance) -> None:
    officer = demo.staff["casework"]
    for start in range(0, len(checks), LIST_LENGTH):
        part = checks[start : start + LIST_LENGTH]
        async with demo.database.transaction(officer) as session:
            await casework.check_evidence(session, demo.vault, officer, demo.round, part)
        advance(len(part))
