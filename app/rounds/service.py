"""The bureau's verbs from the plan of a round to its closing; its deadlines and its points list stand beside it."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.allocation.text import IDENTIFIER, matches
from app.applications import queries as applications
from app.applications.register_watch import watch as watch_registers
from app.database import database_now
from app.errors import ServiceError
from app.journal import service as journal
from app.rounds.deadlines import Deadline, bring_forward, extend, propose_extension, refuse_before
from app.rounds.documents import Document, documents_written, put_documents
from app.rounds.fallback import fallback_of_stage
from app.rounds.inputs import ruleset_of
from app.rounds.keys import new_round_key
from app.rounds.lifecycle import RoundEvent
from app.rounds.models import AdmissionRound
from app.rounds.moves import held_round, move_round, require
from app.rounds.ranking import rank, rectify
from app.rounds.registration import refuse_another_window
from app.rounds.rows import RoundRow, about, row_of
from app.rounds.vocabulary import DocumentKind, FallbackOver, RoundKind, Silence
from app.rounds.watching import ask_to_watch
from app.schools.planned import open_grades
from app.schools.prospectus import kindergartens_not_joined
from app.schools.queries import programmes_of_round
from app.schools.vocabulary import Stage
from app.vault import Vault

__all__ = [
    "Deadline",
    "Document",
    "RoundPlan",
    "bring_forward",
    "close_round",
    "extend",
    "open_round",
    "plan_round",
    "propose_extension",
    "publish_information",
    "put_documents",
    "rank",
    "rectify",
]
PLACE_WITHIN_DAYS = 10


@dataclass(frozen=True)
class RoundPlan:
    """What a round begins with. `code` is the bundle's round; times are aware. `fallback`: None for what the stage
    asks for.

    `follows` and `place_within_days`: see AdmissionRound; the second is ten days where nothing is said (an assumption
    of this service).
    """

    code: str
    stage: str
    year: int
    title_zh: str
    title_en: str
    ruleset: str
    as_of: date
    opens_at: datetime
    closes_at: datetime
    kind: RoundKind = RoundKind.MAIN
    silence: Silence = Silence.ACCEPT
    fallback: FallbackOver | None = None
    distance_limit_m: int = 15_000
    demonstration: bool = False
    follows: UUID | None = None
    place_within_days: int | None = None


async def plan_round(
    session: AsyncSession, vault: Vault, actor: Actor, plan: RoundPlan, round_key: bytes | None = None
) -> RoundRow:
    """Plan a round. Its secret key is drawn at random; a demonstration may be given one (32 bytes).

    Raises `round.code_malformed`, `round.window_disordered`, `round.known_already`, `round.key_given`,
    `round.late_follows_none`, `round.bound_not_asked`, `round.one_within_year`, `late.followed_already`,
    `round.fallback_of_stage`, `round.registration_apart`, `access.not_found` for an unknown ruleset.
    """
    actor = authorize(actor, "round.plan", Target(actor.bureau))
    plan = _of_its_kind(plan)
    if not matches(IDENTIFIER, plan.code):
        raise ServiceError("round.code_malformed", "code")
    if plan.opens_at >= plan.closes_at:
        raise ServiceError("round.window_disordered", "closes_at")
    await applications.active_ruleset(session, actor.bureau, plan.ruleset)
    row = AdmissionRound(
        bureau=actor.bureau, **{**asdict(plan), "fallback": fallback_of_stage(plan.stage, plan.fallback)}
    )
    await refuse_another_window(session, row)
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "round_known_once" in str(error.orig):
            raise ServiceError("round.known_already", "code", known=plan.code) from None
        if "round_followed_once" in str(error.orig):
            raise ServiceError("late.followed_already", "round") from None
        if "one_round_within_a_year" in str(error.orig):
            raise ServiceError("round.one_within_year", "year", year=plan.year) from None
        raise
    new_round_key(session, vault, actor.bureau, row.id, round_key, plan.demonstration)
    await session.flush()
    if plan.kind is RoundKind.WITHIN_YEAR:
        await open_grades(session, actor, row.id, row.stage, row.year, row.as_of)
    await journal.record(session, actor, "round", "plan", about(row.id), after=row.status)
    return row_of(row)


def _of_its_kind(plan: RoundPlan) -> RoundPlan:
    if (plan.kind is RoundKind.LATE) != (plan.follows is not None):
        raise ServiceError("round.late_follows_none", "kind")
    if plan.kind is RoundKind.WITHIN_YEAR:
        return replace(plan, place_within_days=PLACE_WITHIN_DAYS) if plan.place_within_days is None else plan
    if plan.place_within_days is not None:
        raise ServiceError("round.bound_not_asked", "place_within_days")
    return plan


async def publish_information(session: AsyncSession, actor: Actor, round_id: UUID) -> RoundRow:
    """Make the seven documents public; without them a round cannot open (domain, section 3).

    Raises `round.document_missing`, `round.ruleset_inactive`, `round.ruleset_unfit`, `round.no_programme`,
    `round.kindergartens_not_joined`, `round.registration_apart`.
    """
    actor = authorize(actor, "round.publish", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.PUBLISH)
    written = {document.kind for document in await documents_written(session, row)}
    missing = [kind.value for kind in DocumentKind if kind not in written]
    if missing:
        raise ServiceError("round.document_missing", "documents", kinds=", ".join(missing))
    ruleset = await ruleset_of(session, row)
    undated = ruleset.text.rolling and row.kind != RoundKind.WITHIN_YEAR
    if ruleset.text.stage != row.stage or not ruleset.in_force(row.as_of) or undated:
        raise ServiceError("round.ruleset_unfit", "ruleset", ruleset=row.ruleset)
    programmes = await programmes_of_round(session, actor.bureau, row.id)
    if not programmes:
        raise ServiceError("round.no_programme", "programmes")
    await refuse_another_window(session, row)
    await _refuse_not_joined(session, row, [programme.school for programme in programmes if programme.classes])
    await move_round(session, actor, row, RoundEvent.PUBLISH)
    return row_of(row)


async def open_round(session: AsyncSession, actor: Actor, round_id: UUID) -> RoundRow:
    """Open for applications, and have the registers asked about what will be claimed in them; raises
    `round.too_early`, `round.window_over`."""
    actor = authorize(actor, "round.open", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.OPEN)
    await refuse_before(session, row.opens_at, "opens_at")
    if await database_now(session) >= row.closes_at:
        raise ServiceError("round.window_over", "closes_at")
    await move_round(session, actor, row, RoundEvent.OPEN)
    await ask_to_watch(session, actor, row)
    await watch_registers(session, actor, row.id)
    return row_of(row)


async def close_round(session: AsyncSession, actor: Actor, round_id: UUID) -> RoundRow:
    """Close to applications. Waits for every submission that holds the round, and none begins meanwhile
    (design, decision 8). Raises `round.too_early`."""
    actor = authorize(actor, "round.close", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.CLOSE)
    await refuse_before(session, row.closes_at, "closes_at")
    await move_round(session, actor, row, RoundEvent.CLOSE)
    return row_of(row)


async def _refuse_not_joined(session: AsyncSession, row: AdmissionRound, schools: list[str]) -> None:
    """Planned while it took part, a private kindergarten may have lost its standing since."""
    if row.stage != Stage.PRESCHOOL or row.kind == RoundKind.PRIVATE:
        return
    apart = await kindergartens_not_joined(session, row.bureau, schools, row.year)
    if apart:
        raise ServiceError("round.kindergartens_not_joined", "programmes", schools=", ".join(apart))
