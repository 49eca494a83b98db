"""The explanations of a published run: asked for when it becomes public, reckoned by a worker."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.allocation.result import read_placements
from app.applications.published_rules import active_ruleset
from app.database import table
from app.inserts import insert_columns
from app.jobs import service as jobs
from app.jobs.work import Work
from app.rounds import store
from app.rounds.explanation_work import parts, told
from app.rounds.lifecycle import RunStatus
from app.rounds.models import AdmissionRound, AllocationRun, Bundle, BundleApplicant, Explanation

EXPLAIN = "explain"


@dataclass(frozen=True)
class _Given:
    bundle: dict[str, bytes]
    result: dict[str, bytes]
    ruleset: str
    applicants: int


async def ask_to_explain(session: AsyncSession, actor: Actor, bundle: Bundle, run: AllocationRun) -> None:
    """Make an empty explanation for each child of a run that has just become public, and ask the worker for them.

    None for a child that an earlier pass settled: its place is a matter of that pass, whose explanation stays.
    """
    settled = await _settled(session, bundle)
    everybody = await store.bundled_in(session, bundle.bureau, bundle.id)
    people = [person for name, person in everybody.items() if name not in settled]
    columns: dict[str, Iterable[Any]] = {
        "bureau": repeat(run.bureau),
        "run": repeat(run.id),
        "pseudonym": (person.pseudonym for person in people),
        "application": (person.application for person in people),
        "guardians": (person.guardians for person in people),
    }
    await insert_columns(session, Explanation, columns, len(people))
    await jobs.enqueue(session, actor, EXPLAIN, f"explanation:{run.id}", {"run": str(run.id)})


async def _settled(session: AsyncSession, bundle: Bundle) -> frozenset[str]:
    """Pseudonyms whose rows are not those of the first pass: a later pass changes no others (later_pass.py)."""
    first = bundle
    while first.parent_run is not None:
        run = await session.get(AllocationRun, (bundle.bureau, first.parent_run))
        before = await session.get(Bundle, (bundle.bureau, run.bundle)) if run is not None else None
        assert before is not None
        first = before
    if first is bundle:
        return frozenset()
    held, asked = [await _rows(session, one) for one in (bundle, first)]
    return frozenset(name for name, rows in held.items() if rows != asked[name])


async def _rows(session: AsyncSession, bundle: Bundle) -> dict[str, bytes]:
    found = await session.execute(
        select(col(BundleApplicant.pseudonym), col(BundleApplicant.rows)).where(
            col(BundleApplicant.bureau) == bundle.bureau, col(BundleApplicant.bundle) == bundle.id
        )
    )
    return {row.pseudonym: row.rows for row in found}


async def explain(work: Work) -> None:
    """The job `explain`: reckon all explanations of a run in parts, and write them with the job's end."""
    run_id = UUID(work.arguments["run"])
    async with work.database.transaction(work.actor) as session:
        given = await _given(session, work.actor.bureau, run_id)
    if given is None:
        return
    found: dict[str, str] = {}
    indexes = parts(given.applicants)
    for done, some in enumerate(indexes):
        await work.progress(done, len(indexes))
        found |= await work.in_process(told, given.bundle, given.result, given.ruleset, some)
    await work.progress(len(indexes), len(indexes))
    async with work.conclude() as session:
        await _keep(session, work.actor.bureau, run_id, found)


async def _given(session: AsyncSession, bureau: str, run_id: UUID) -> _Given | None:
    """None where there is nothing to explain any more: the run was annulled."""
    run = await session.get(AllocationRun, (bureau, run_id))
    if run is None or run.status != RunStatus.PUBLISHED:
        return None
    held = await session.get(AdmissionRound, (bureau, run.round))
    assert held is not None
    result = await store.files_of_run(session, bureau, run_id)
    return _Given(
        await store.files_of_bundle(session, bureau, run.bundle),
        result,
        (await active_ruleset(session, bureau, held.ruleset)).text,
        len(read_placements(result["placements.csv"])),
    )


async def _keep(session: AsyncSession, bureau: str, run_id: UUID, found: dict[str, str]) -> None:
    columns = table(Explanation).c
    statement = (
        update(table(Explanation))
        .where(columns.bureau == bureau, columns.run == run_id, columns.pseudonym == bindparam("whose"))
        .values(content=bindparam("text"))
    )
    if found:
        await session.execute(statement, [{"whose": name, "text": text} for name, text in found.items()])
