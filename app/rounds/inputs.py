"""What a points list and a bundle are made of, asked of the features below."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications import queries as applications
from app.applications.queries import Applicant
from app.eligibility.ruleset import Ruleset, parse
from app.errors import ServiceError
from app.rounds.fallback import Incomplete
from app.rounds.models import AdmissionRound
from app.rounds.snapshot import Problem
from app.rounds.vocabulary import RoundKind
from app.schools import queries as schools


async def ruleset_of(session: AsyncSession, row: AdmissionRound) -> Ruleset:
    """The round's ruleset; raises `round.ruleset_inactive` while two persons have not activated it."""
    kept = await applications.active_ruleset(session, row.bureau, row.ruleset)
    if not kept.active:
        raise ServiceError("round.ruleset_inactive", "ruleset", ruleset=row.ruleset)
    return parse(kept.text)


async def settled_applicants(session: AsyncSession, row: AdmissionRound, ruleset: Ruleset) -> list[Applicant]:
    """Every eligible child of the round, once all are decided and by this very ruleset.

    Raises `round.items_waiting`, `round.unsettled`, `round.decided_otherwise`, each with the number of applications.
    """
    unentered = await applications.items_waiting(session, row.bureau, row.id)
    if unentered:
        raise ServiceError("round.items_waiting", "applications", count=unentered)
    waiting = await applications.unsettled(session, row.bureau, row.id)
    if waiting:
        raise ServiceError("round.unsettled", "applications", count=len(waiting))
    children = await applications.applicants_for_allocation(session, row.bureau, row.id)
    others = sum(child.ruleset_digest != ruleset.digest for child in children)
    if others:
        raise ServiceError("round.decided_otherwise", "applications", count=others)
    return children


async def problem_of(session: AsyncSession, row: AdmissionRound, key: bytes, draw_name: str) -> Problem:
    """Everything that the round's bundle is made of, as it stands now."""
    ruleset = await ruleset_of(session, row)
    return Problem(
        round=row.code,
        stage=row.stage,
        order=ruleset.order,
        draw_name=draw_name,
        key=key,
        applicants=await settled_applicants(session, row, ruleset),
        programmes=await schools.programmes_of_round(session, row.bureau, row.id),
        geography=await schools.geography(session, row.bureau, row.as_of),
        catchments=await schools.catchment_schools(session, row.bureau, row.stage, row.as_of),
        fallback=row.fallback,
        kind=RoundKind(row.kind),
    )


def refusal(incomplete: Incomplete) -> ServiceError:
    """The words for rows that cannot make a bundle."""
    return ServiceError("round.snapshot_incomplete", incomplete.what, what=incomplete.what, name=incomplete.name)
