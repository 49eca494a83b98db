"""Assess cases by the round's ruleset and store each finding as a decision; singly and by list alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.assessment import Assessed, assess, ruleset_of
from app.applications.children import KnownChild
from app.applications.entry import gave_up_in_entry
from app.applications.form import Form, read_form
from app.applications.leaver import asked
from app.applications.lifecycle import ASSESSMENT, AssessmentEvent, DeferralStatus, Outcome
from app.applications.models import Application, Child, Decision, Deferral, NumberKind
from app.applications.queries import HeldRound, checks_of, ruleset_in_force
from app.clock import uuid7
from app.eligibility.ruleset import Ruleset
from app.inserts import Part, insert_together
from app.journal import service as journal
from app.schools import queries as schools
from app.schools.queries import CHINA
from app.schools.vocabulary import Stage
from app.vault import Place, Vault, seal, unseal

WITHIN_YEAR = "within_year"
ENTRY_GRADE = 1


@dataclass(frozen=True)
class Case:
    """An application to be decided: `checks` maps kinds of evidence to where their check stands; one that `is_new`
    has no decision yet; `changed` says that the family shows something else than before; `applied_on` is the day of
    its submission, absent where it is submitted now."""

    application: UUID
    child: KnownChild
    form: Form
    checks: dict[str, str]
    outcome: Outcome
    is_new: bool = False
    changed: bool = False
    applied_on: date | None = None


@dataclass(frozen=True)
class _Last:
    """The decision that counted so far; `granted` by two persons beside the rules."""

    number: int = 0
    granted: bool = False


async def cases_of(session: AsyncSession, vault: Vault, bureau: str, rows: Sequence[Application]) -> list[Case]:
    """These applications as they stand, opened, to be decided anew. The caller holds them."""
    children = [row.child for row in rows]
    keys = await vault.keys_of(session, bureau, children)
    checks = await checks_of(session, bureau, [row.id for row in rows])
    claimed = await session.scalars(
        select(col(Child.id)).where(
            col(Child.bureau) == bureau, col(Child.id).in_(children), col(Child.number_kind) == NumberKind.CLAIMED
        )
    )
    disputed = set(claimed)
    cases = []
    for row in rows:
        form = read_form(unseal(keys[row.child], row.sealed, Place("application", "sealed", row.id)))
        child = KnownChild(row.child, keys[row.child], tuple(row.guardians), row.child in disputed)
        applied_on = None if row.submitted_at is None else row.submitted_at.astimezone(CHINA).date()
        cases.append(Case(row.id, child, form, checks[row.id], Outcome(row.outcome), applied_on=applied_on))
    return cases


@dataclass(frozen=True)
class Decided:
    """What is to be kept of these cases: decisions to be inserted, application → outcome, entries of the journal."""

    part: Part
    outcomes: dict[UUID, Outcome]
    entries: list[dict[str, Any]]


async def decide_and_store(
    session: AsyncSession, actor: Actor, held: HeldRound, cases: list[Case]
) -> list[dict[str, Any]]:
    """Decide each case and store it; answers the journal's entries, for the caller to write with its own."""
    decided = await decide(session, actor, held, cases)
    await insert_together(session, [decided.part])
    await _set_outcomes(session, actor.bureau, decided.outcomes)
    return decided.entries


async def decide(session: AsyncSession, actor: Actor, held: HeldRound, cases: list[Case]) -> Decided:
    """Decide each case by the round's ruleset, on the round's date, or by a rolling one on the child's own.

    What two persons granted stands until the rules say the same or the family shows something else.
    """
    published = await ruleset_in_force(session, actor.bureau, held.ruleset)
    ruleset = ruleset_of(published.text)
    communities = {name for case in cases for name in _communities(case.form)}
    catchments = await schools.catchment_schools(session, actor.bureau, held.stage, held.as_of, communities)
    feeders = await feeders_of(session, actor.bureau, held.stage, held.as_of) if asked(held) else None
    lasts = await _last_decisions(session, actor.bureau, [case.application for case in cases if not case.is_new])
    gave_up = await _gave_up(session, actor.bureau, held, ruleset, cases)
    deferred = await years_deferred(session, actor.bureau, [case.child.id for case in cases if not case.child.is_new])
    decisions, outcomes, entries = [], {}, []
    for case in cases:
        last = lasts.get(case.application, _Last())
        years = deferred.get(case.child.id, ())
        day = case.applied_on or held.now.astimezone(CHINA).date()
        rules, as_of = (ruleset.for_day(day), day) if ruleset.text.rolling else (ruleset, held.as_of)
        left = None if gave_up is None else case.child.id in gave_up
        disputed = case.child.disputed
        found = assess(
            case.form, case.checks, rules, as_of, catchments, disputed, feeders, gave_up=left, deferred=years
        )
        stands = last.granted and not case.changed and not case.child.disputed
        if stands and found.event is not AssessmentEvent.FIND_ELIGIBLE:
            continue
        outcome = after_finding(case.outcome, found.event)
        if puts_off(held, years, case.form.grade) and outcome is not Outcome.DEFERRED:
            outcome = ASSESSMENT.next(outcome, AssessmentEvent.DEFER)
        numbered = {"number": last.number + 1, "as_of": as_of, "ruleset_digest": published.digest}
        decisions.append(_row(actor, held, case, found, outcome) | numbered)
        outcomes[case.application] = outcome
        entries.append(
            journal.entry(
                actor,
                "application",
                "assess",
                f"application:{case.application}",
                case.outcome.value,
                f"{outcome.value} {found.digest}",
            )
        )
    return Decided((Decision, decisions), outcomes, entries)


async def _gave_up(
    session: AsyncSession, bureau: str, held: HeldRound, ruleset: Ruleset, cases: list[Case]
) -> frozenset[UUID] | None:
    """The children of these cases who have given up a private place of the entry; None where the rules do not ask."""
    if ruleset.text.gave_up is None:
        return None
    known = [case.child.id for case in cases if not case.child.is_new]
    return await gave_up_in_entry(session, bureau, held.stage, held.year, known) if known else frozenset()


async def feeders_of(session: AsyncSession, bureau: str, stage: str, on: date) -> dict[str, tuple[str, ...]] | None:
    """Primary school → the junior schools that it feeds; None at the stages to which nobody leaves one."""
    return await schools.feeder_schools(session, bureau, on) if stage == Stage.JUNIOR else None


def after_finding(outcome: Outcome, event: AssessmentEvent) -> Outcome:
    """The outcome after a finding; a settled refusal is reopened first, and a renewed refusal waits for a person."""
    if outcome is Outcome.NOT_ELIGIBLE:
        outcome = ASSESSMENT.next(outcome, AssessmentEvent.REOPEN)
    return ASSESSMENT.next(outcome, event)


def _communities(form: Form) -> list[str]:
    places = (form.residence_community, form.registration_community, form.right_place_community)
    return [name for name in places if name]


def puts_off(held: HeldRound, years: Collection[int], grade: int | None = None) -> bool:
    """Whether a deferral of these years keeps a child out of the round: any that is for entry to grade 1, and one
    within the year where the child is to come to this very grade."""
    entry = held.kind != WITHIN_YEAR or grade == ENTRY_GRADE
    return held.stage == Stage.PRIMARY and entry and held.year in years


async def years_deferred(session: AsyncSession, bureau: str, children: list[UUID]) -> dict[UUID, tuple[int, ...]]:
    """Child → the years of entry that were put off with approval, by the service's own record."""
    if not children:
        return {}
    rows = await session.execute(
        select(col(Deferral.child), col(Deferral.year))
        .where(
            col(Deferral.bureau) == bureau,
            col(Deferral.child).in_(children),
            col(Deferral.status) == DeferralStatus.APPROVED,
        )
        .order_by(col(Deferral.year))
    )
    found: dict[UUID, tuple[int, ...]] = {}
    for row in rows:
        found[row.child] = (*found.get(row.child, ()), row.year)
    return found


async def _last_decisions(session: AsyncSession, bureau: str, applications: list[UUID]) -> dict[UUID, _Last]:
    if not applications:
        return {}
    granted = (col(Decision.outcome) == Outcome.ELIGIBLE.value) & col(Decision.reason).is_not(None)
    rows = await session.execute(
        select(col(Decision.application), col(Decision.number), granted.label("granted"))
        .where(col(Decision.bureau) == bureau, col(Decision.application).in_(applications))
        .ext(distinct_on(col(Decision.application)))
        .order_by(col(Decision.application), col(Decision.number).desc())
    )
    return {row.application: _Last(row.number, row.granted) for row in rows}


async def _set_outcomes(session: AsyncSession, bureau: str, outcomes: dict[UUID, Outcome]) -> None:
    if outcomes:
        found = (
            "UPDATE application SET outcome = found.outcome"
            " FROM unnest(CAST(:applications AS uuid[]), CAST(:outcomes AS text[])) AS found(application, outcome)"
            " WHERE application.bureau = :bureau AND application.id = found.application"
        )
        values = {"applications": [*outcomes], "outcomes": [outcome.value for outcome in outcomes.values()]}
        await session.execute(text(found), {"bureau": bureau, **values})


def _row(actor: Actor, held: HeldRound, case: Case, found: Assessed, outcome: Outcome) -> dict[str, Any]:
    decision = uuid7()
    return {
        "bureau": actor.bureau,
        "id": decision,
        "guardians": list(case.child.guardians),
        "schools": [],
        "application": case.application,
        "ruleset": held.ruleset,
        "outcome": outcome.value,
        "kind": found.kind,
        "missing": list(found.missing),
        "rights": found.rights,
        "keys_elsewhere": found.keys_elsewhere,
        "groups": list(found.groups),
        "feeders": list(found.feeders),
        "age_class": found.age_class,
        "claimed": list(found.claimed),
        "facts": seal(case.child.key, found.facts, Place("decision", "facts", decision)),
        "trace": seal(case.child.key, found.trace, Place("decision", "trace", decision)),
        "reason": None,
        "digest": found.digest,
        "decided_by": actor.person,
    }
