"""Twins whom a run of the round parted, by their applications: for the officers who know the result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.allocation.result import read_placements
from app.allocation.twins import Parted, parted
from app.rounds import store
from app.rounds.lifecycle import BundleStatus, RunStatus
from app.rounds.models import AllocationRun, Bundle, BundleApplicant
from app.rounds.patience import meanwhile

STANDS = (RunStatus.VERIFIED, RunStatus.PUBLISHED)


@dataclass(frozen=True)
class Twin:
    """A child as it was frozen."""

    application: UUID
    child: UUID
    guardians: tuple[UUID, ...]
    residence_community: str


@dataclass(frozen=True)
class PartedTwins:
    """`missed` did not get `programme`, the `rank`th of its list, where in this run `placed` have a place.

    `seats`: of the programme in the frozen bundle. `by`, `passed_over`: as `allocation.twins.Parted` has them.
    """

    run: UUID
    pass_number: int
    programme: str
    seats: int
    placed: tuple[Twin, ...]
    missed: Twin
    rank: int
    by: str
    passed_over: int


async def parted_twins(session: AsyncSession, bureau: str, round_id: UUID) -> list[PartedTwins]:
    """Whom the verified and public runs of a round parted, the latest pass first; each child once for a programme.

    Of an earlier pass too: whoever has a place for good is asked for no other one in the later pass.
    Raises `round.bundle_altered`.
    """
    found: dict[tuple[UUID, str], PartedTwins] = {}
    for bundle, run in await _runs(session, bureau, round_id):
        for row in await _of_run(session, bundle, run):
            found.setdefault((row.missed.application, row.programme), row)
    return list(found.values())


async def _runs(session: AsyncSession, bureau: str, round_id: UUID) -> Sequence[tuple[Bundle, AllocationRun]]:
    rows = await session.execute(
        select(Bundle, AllocationRun)
        .join(AllocationRun, (col(AllocationRun.bureau) == bureau) & (col(AllocationRun.bundle) == col(Bundle.id)))
        .where(col(Bundle.bureau) == bureau, col(Bundle.round) == round_id)
        .where(col(Bundle.status) != BundleStatus.VOID, col(AllocationRun.status).in_(STANDS))
        .order_by(col(Bundle.pass_number).desc())
    )
    return [(row[0], row[1]) for row in rows]


async def _of_run(session: AsyncSession, bundle: Bundle, run: AllocationRun) -> list[PartedTwins]:
    problem = await store.files_of_bundle(session, run.bureau, bundle.id)
    result = await store.files_of_run(session, run.bureau, run.id)
    rows, seats = await meanwhile(session, _reckoned, problem, bundle.root, result["placements.csv"])
    people = await _people(session, bundle, [name for row in rows for name in (row.applicant, *row.placed)])
    return [
        PartedTwins(
            run.id,
            bundle.pass_number,
            row.programme,
            seats[row.programme],
            tuple(people[name] for name in row.placed),
            people[row.applicant],
            row.rank,
            row.by,
            row.passed_over,
        )
        for row in rows
        if people.keys() >= {row.applicant, *row.placed}  # who stands behind a pseudonym is not everybody's to know
    ]


def _reckoned(problem: Mapping[str, bytes], root: str, placements: bytes) -> tuple[tuple[Parted, ...], dict[str, int]]:
    bundle = store.parsed(problem, root)
    return parted(bundle, read_placements(placements)), dict(bundle.tables.programmes)


async def _people(session: AsyncSession, bundle: Bundle, names: Sequence[str]) -> dict[str, Twin]:
    rows = await session.execute(
        select(
            col(BundleApplicant.pseudonym),
            col(BundleApplicant.application),
            col(BundleApplicant.child),
            col(BundleApplicant.guardians),
            col(BundleApplicant.residence_community),
        ).where(
            col(BundleApplicant.bureau) == bundle.bureau,
            col(BundleApplicant.bundle) == bundle.id,
            col(BundleApplicant.pseudonym).in_(sorted(set(names))),
        )
    )
    return {
        row.pseudonym: Twin(row.application, row.child, tuple(row.guardians), row.residence_community) for row in rows
    }
