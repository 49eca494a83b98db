"""Offers: families answer, schools report, the bureau publishes and withdraws."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, status

from app.accounts.access import GUARDIAN
from app.accounts.calls import HeldDatabase, HeldVault, Session, SignedIn
from app.accounts.schemas import ActOut, Approval
from app.journal import service as journal
from app.offers import (
    annulled,
    exception,
    issue,
    late,
    overdue,
    placement,
    platform_report,
    reading,
    redress,
    service,
    vacancies,
)
from app.offers.exception_schemas import AdmittedOut, ExceptionApprovalIn, ExceptionIn, PartedTwinsOut
from app.offers.placement_schemas import (
    LateRoundOut,
    OpenCaseOut,
    PlacedOut,
    PlacementOut,
    PlanLateRound,
    SeatsLeftOut,
    VacancyOut,
)
from app.offers.platform_report import PlatformReport
from app.offers.redress_schemas import RedressIn
from app.offers.schemas import (
    AnsweredOut,
    AnswerIn,
    BundleOut,
    CountOut,
    OfferOpened,
    OfferOut,
    ReportsIn,
    SchoolOfferPage,
    WithdrawalApprovalIn,
    WithdrawalIn,
)

router = APIRouter(tags=["offers"])
School = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]


@router.post("/rounds/{round_id}/proposed-list", operation_id="publish_proposed_list")
async def publish_proposed_list(round_id: UUID, session: Session, vault: HeldVault, actor: SignedIn) -> CountOut:
    """Make the approved list public for objection, in one step for everybody, and tell every family."""
    return CountOut(count=await issue.issue(session, vault, actor, round_id))


@router.post("/rounds/{round_id}/final-list", operation_id="finalise_list")
async def finalise_list(round_id: UUID, session: Session, vault: HeldVault, actor: SignedIn) -> CountOut:
    """The list is final and offers open for answers; every family is told."""
    return CountOut(count=await issue.finalise(session, vault, actor, round_id))


@router.post("/rounds/{round_id}/end-of-answers", operation_id="end_answers")
async def end_answers(round_id: UUID, session: Session, actor: SignedIn) -> CountOut:
    """After the deadline: silence takes its published meaning, for every family that provably had its time."""
    return CountOut(count=await issue.end_answers(session, actor, round_id))


@router.post("/acts/{act_id}/annulment", operation_id="annul_round")
async def annul_round(act_id: UUID, body: Approval, session: Session, vault: HeldVault, actor: SignedIn) -> CountOut:
    """The second person annuls draw and result; places that families have taken stand, and a new freeze with a new
    future draw follows for the others."""
    return CountOut(count=await annulled.annul(session, vault, actor, act_id, body.digest))


@router.post("/rounds/{round_id}/later-passes", operation_id="begin_later_pass", status_code=status.HTTP_201_CREATED)
async def begin_later_pass(round_id: UUID, session: Session, actor: SignedIn) -> BundleOut:
    """Allocate the seats that were given up among those who wait; nobody who stays gets worse."""
    return BundleOut(bundle=await issue.later_pass(session, actor, round_id))


@router.get("/offers", operation_id="list_own_offers")
async def list_own_offers(session: Session, actor: SignedIn) -> list[OfferOut]:
    """The caller's own children's offers, newest first."""
    return await reading.own_offers(session, actor)


@router.get("/offers/{offer_id}", operation_id="read_offer")
async def read_offer(
    offer_id: UUID, session: Session, database: HeldDatabase, vault: HeldVault, actor: SignedIn
) -> OfferOpened:
    """One offer, for its family and the bureau. A reading by staff is journalled."""
    opened, reader = await reading.read_offer(session, vault, actor, offer_id)
    if reader.role != GUARDIAN:
        await journal.record_apart(database, reader, "offer", "read", f"offer:{offer_id}", "read")
    return opened


@router.post("/offers/{offer_id}/answer", operation_id="answer_offer")
async def answer_offer(
    offer_id: UUID, body: AnswerIn, session: Session, vault: HeldVault, actor: SignedIn
) -> AnsweredOut:
    """Accept for good, accept and keep waiting, or decline; changeable until the deadline, which does not run against
    a family before it provably knows."""
    return AnsweredOut(status=await service.answer(session, vault, actor, offer_id, body.answer, body.destination))


@router.get("/schools/{school}/rounds/{round_id}/offers", operation_id="list_school_offers")
async def list_school_offers(
    school: School,
    round_id: UUID,
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> SchoolOfferPage:
    """The children whom the school expects, with names; the reading is journalled."""
    return await reading.school_offers(session, vault, actor, school, round_id, after, limit)


@router.post("/schools/{school}/reports", operation_id="report_arrivals")
async def report_arrivals(school: School, body: ReportsIn, session: Session, actor: SignedIn) -> CountOut:
    """Report arrived, not arrived, enrolled elsewhere, papers differ; a school cannot refuse a child."""
    reports = [service.Report(item.offer, item.report) for item in body.reports]
    return CountOut(count=await service.report(session, actor, school, reports))


@router.post(
    "/offers/{offer_id}/withdrawal-proposals", operation_id="propose_withdrawal", status_code=status.HTTP_201_CREATED
)
async def propose_withdrawal(offer_id: UUID, body: WithdrawalIn, session: Session, actor: SignedIn) -> ActOut:
    """The bureau proposes to withdraw a place, with its reason."""
    act = await service.propose_withdrawal(session, actor, offer_id, body.reason)
    return ActOut.model_validate(act, from_attributes=True)


@router.post("/acts/{act_id}/offer-withdrawal", operation_id="withdraw_offer", status_code=status.HTTP_204_NO_CONTENT)
async def withdraw_offer(
    act_id: UUID, body: WithdrawalApprovalIn, session: Session, vault: HeldVault, actor: SignedIn
) -> None:
    """The second person withdraws the place."""
    await service.withdraw(session, vault, actor, act_id, body.digest, body.reason)


@router.get("/rounds/{round_id}/parted-twins", operation_id="list_parted_twins")
async def list_parted_twins(round_id: UUID, session: Session, actor: SignedIn) -> list[PartedTwinsOut]:
    """Children whom a cut-off parted from a twin, with the headroom of the classes at the twin's programme."""
    return [PartedTwinsOut.of(found) for found in await exception.parted_twins(session, actor, round_id)]


@router.post("/rounds/{round_id}/exceptions", operation_id="propose_exception", status_code=status.HTTP_201_CREATED)
async def propose_exception(round_id: UUID, body: ExceptionIn, session: Session, actor: SignedIn) -> ActOut:
    """Propose to admit a parted twin beside the other, with the reason."""
    act = await exception.propose_exception(session, actor, round_id, body.application, body.programme, body.reason)
    return ActOut.model_validate(act, from_attributes=True)


@router.post("/rounds/{round_id}/redress", operation_id="propose_redress", status_code=status.HTTP_201_CREATED)
async def propose_redress(round_id: UUID, body: RedressIn, session: Session, actor: SignedIn) -> ActOut:
    """Propose a place beside the result for a child towards whom the bureau erred, with ground and reason."""
    act = await redress.propose_redress(session, actor, round_id, body.wanted(), body.reason, body.beyond_limit)
    return ActOut.model_validate(act, from_attributes=True)


@router.post("/acts/{act_id}/redress", operation_id="give_redress")
async def give_redress(
    act_id: UUID, body: ExceptionApprovalIn, session: Session, vault: HeldVault, actor: SignedIn
) -> AdmittedOut:
    """The second person gives the place; its family is told and asked."""
    return AdmittedOut(offer=await redress.give(session, vault, actor, act_id, body.digest, body.reason))


@router.post("/acts/{act_id}/exception", operation_id="admit_by_exception")
async def admit_by_exception(
    act_id: UUID, body: ExceptionApprovalIn, session: Session, vault: HeldVault, actor: SignedIn
) -> AdmittedOut:
    """The second person admits the child; what a place elsewhere was is the later pass's to give."""
    return AdmittedOut(offer=await exception.admit(session, vault, actor, act_id, body.digest, body.reason))


@router.get("/rounds/{round_id}/seats-left", operation_id="read_seats_left")
async def read_seats_left(round_id: UUID, session: Session, actor: SignedIn) -> SeatsLeftOut:
    """What a main or late round has left, programme by programme: the figures of a late round, before it is planned."""
    return SeatsLeftOut.of(await late.seats_left(session, actor, round_id))


@router.post("/rounds/{round_id}/late", operation_id="plan_late_round", status_code=status.HTTP_201_CREATED)
async def plan_late_round(
    round_id: UUID, body: PlanLateRound, session: Session, vault: HeldVault, actor: SignedIn
) -> LateRoundOut:
    """Plan a late round over exactly the seats that were shown; the round before is concluded."""
    row = await late.plan_late_round(session, vault, actor, round_id, body.plan(), body.digest)
    return LateRoundOut(round=row.id, follows=round_id)


@router.get("/rounds/{round_id}/vacancies", operation_id="list_vacancies")
async def list_vacancies(round_id: UUID, session: Session, actor: SignedIn) -> list[VacancyOut]:
    """What the classes of a round within the year have free, by school and grade."""
    rows = await vacancies.list_vacancies(session, actor, round_id)
    return [VacancyOut.model_validate(row, from_attributes=True) for row in rows]


@router.post("/rounds/{round_id}/placements", operation_id="place_within_year")
async def place_within_year(round_id: UUID, session: Session, vault: HeldVault, actor: SignedIn) -> PlacedOut:
    """Offer a place to everyone who waits in a round within the year, in the published order, as classes have room."""
    return PlacedOut.model_validate(await placement.place(session, vault, actor, round_id), from_attributes=True)


@router.get("/rounds/{round_id}/overdue", operation_id="list_overdue")
async def list_overdue(
    round_id: UUID, session: Session, actor: SignedIn, days: Annotated[int, Query(ge=0, le=365)] = 3
) -> list[OpenCaseOut]:
    """The children without a place whose bound has passed, or passes in so many days; the first first, no names."""
    rows = await overdue.open_cases(session, actor, round_id, days)
    return [OpenCaseOut.model_validate(row, from_attributes=True) for row in rows]


@router.get("/offers/{offer_id}/placement", operation_id="read_placement")
async def read_placement(offer_id: UUID, session: Session, database: HeldDatabase, actor: SignedIn) -> PlacementOut:
    """How a place within the year was found: each school passed over, with its vacancies at that moment."""
    found, reader = await reading.read_placement(session, actor, offer_id)
    if reader.role != GUARDIAN:
        await journal.record_apart(database, reader, "offer", "read_placement", f"offer:{offer_id}", "read")
    return found


@router.get("/rounds/{round_id}/platform-report", operation_id="report_to_platform")
async def report_to_platform(
    round_id: UUID,
    session: Session,
    actor: SignedIn,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> PlatformReport:
    """For the provincial platform, by its numbers: received, missing what, decided, offered, each once it is public."""
    return await platform_report.report(session, actor, round_id, after, limit)
