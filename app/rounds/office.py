"""The bureau's verbs on a round: parse, one call, answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response, status

from app.accounts.calls import HeldCache, HeldVault, Session, SignedIn
from app.accounts.schemas import ActOut, Approval
from app.actor import Actor
from app.rounds import departures, draw, freeze, objections, publish, queries, run, service
from app.rounds.moves import is_insider
from app.rounds.office_schemas import (
    BringForwardIn,
    DocumentIn,
    DrawIn,
    ExtensionIn,
    FreezeIn,
    ObjectionDecision,
    ObjectionPage,
    PlanRound,
    ReasonIn,
    RunAsked,
    RunOut,
)
from app.rounds.rows import RoundRow
from app.rounds.schemas import DepartureOut, DeparturePage, ObjectionBrief, RoundOut
from app.rounds.service import Document, RoundPlan
from app.rounds.vocabulary import DocumentKind

router = APIRouter()
CREATED = status.HTTP_201_CREATED
IfMatch = Annotated[str | None, Header(alias="If-Match", description="The ETag of the round that was read.")]


def seen(row: RoundRow, actor: Actor) -> RoundOut:
    return RoundOut.of(row, is_insider(actor))


def proposed(act: object) -> ActOut:
    return ActOut.model_validate(act, from_attributes=True)


@router.post("/rounds", operation_id="plan_round", status_code=CREATED)
async def plan_round(body: PlanRound, session: Session, vault: HeldVault, actor: SignedIn) -> RoundOut:
    """Plan a round."""
    plan = RoundPlan(**{**body.model_dump(), "stage": body.stage.value})
    return seen(await service.plan_round(session, vault, actor, plan), actor)


@router.put("/rounds/{round_id}/documents/{kind}", operation_id="put_round_document")
async def put_round_document(
    round_id: UUID,
    kind: DocumentKind,
    body: DocumentIn,
    response: Response,
    session: Session,
    actor: SignedIn,
    if_match: IfMatch = None,
) -> RoundOut:
    """Write one of the seven public things of a planned round; the answer's ETag is the next If-Match."""
    version = None
    if if_match is not None:
        row = await queries.round_by_id(session, actor.bureau, round_id)
        version = row.version if seen(row, actor).etag == if_match else -1
    documents = [Document(kind, body.text_zh, body.text_en)]
    written = seen(await service.put_documents(session, actor, round_id, documents, version), actor)
    response.headers["ETag"] = written.etag
    return written


@router.post("/rounds/{round_id}/publication", operation_id="publish_round")
async def publish_round(round_id: UUID, session: Session, actor: SignedIn) -> RoundOut:
    """Publish the seven things; without them a round cannot open."""
    return seen(await service.publish_information(session, actor, round_id), actor)


@router.post("/rounds/{round_id}/opening", operation_id="open_round")
async def open_round(round_id: UUID, session: Session, actor: SignedIn) -> RoundOut:
    """Open for applications, not before the time published."""
    return seen(await service.open_round(session, actor, round_id), actor)


@router.post("/rounds/{round_id}/closing", operation_id="close_round")
async def close_round(round_id: UUID, session: Session, actor: SignedIn) -> RoundOut:
    """Close to applications, not before the time published."""
    return seen(await service.close_round(session, actor, round_id), actor)


@router.post("/rounds/{round_id}/extension-proposals", operation_id="propose_extension", status_code=CREATED)
async def propose_extension(round_id: UUID, body: ExtensionIn, session: Session, actor: SignedIn) -> ActOut:
    """Propose that the round closes later."""
    return proposed(await service.propose_extension(session, actor, round_id, body.closes_at, body.reason))


@router.post("/acts/{act_id}/extension", operation_id="extend_round")
async def extend_round(act_id: UUID, body: Approval, session: Session, actor: SignedIn) -> RoundOut:
    """The second person extends; a closed round opens again."""
    return seen(await service.extend(session, actor, act_id, body.digest), actor)


@router.post("/rounds/{round_id}/ranking", operation_id="rank_round")
async def rank_round(round_id: UUID, session: Session, vault: HeldVault, actor: SignedIn) -> RoundOut:
    """Publish the masked points list for objection."""
    return seen(await service.rank(session, vault, actor, round_id), actor)


@router.post("/rounds/{round_id}/rectification", operation_id="rectify_round")
async def rectify_round(round_id: UUID, session: Session, actor: SignedIn) -> RoundOut:
    """Take the points list back, so that cases can be decided anew."""
    return seen(await service.rectify(session, actor, round_id), actor)


@router.post("/rounds/{round_id}/demonstration", operation_id="bring_forward")
async def bring_forward(round_id: UUID, body: BringForwardIn, session: Session, actor: SignedIn) -> RoundOut:
    """Let a deadline of a demonstration be now; a real round's is only ever extended."""
    return seen(await service.bring_forward(session, actor, round_id, body.deadline), actor)


@router.post("/rounds/{round_id}/freeze", operation_id="freeze_round")
async def freeze_round(round_id: UUID, body: FreezeIn, session: Session, vault: HeldVault, actor: SignedIn) -> RoundOut:
    """Freeze the bundle, publish its root, and name the public draw to come."""
    return seen(await freeze.freeze(session, vault, actor, round_id, body.draw_name, body.draw_at), actor)


@router.post("/rounds/{round_id}/unfreeze", operation_id="unfreeze_round")
async def unfreeze_round(round_id: UUID, body: ReasonIn, session: Session, actor: SignedIn) -> RoundOut:
    """Take the freeze back before its draw is due; the bundle is void and stays."""
    return seen(await freeze.unfreeze(session, actor, round_id, body.reason), actor)


@router.post("/rounds/{round_id}/draw-proposals", operation_id="propose_draw", status_code=CREATED)
async def propose_draw(round_id: UUID, body: DrawIn, session: Session, actor: SignedIn) -> ActOut:
    """What the first person saw drawn."""
    return proposed(await draw.propose_draw(session, actor, round_id, body.value))


@router.post("/acts/{act_id}/draw", operation_id="enter_draw")
async def enter_draw(act_id: UUID, body: Approval, session: Session, actor: SignedIn) -> RoundOut:
    """The second person saw the same; the seed is fixed."""
    return seen(await draw.enter_draw(session, actor, act_id, body.digest), actor)


@router.post("/rounds/{round_id}/runs", operation_id="request_run", status_code=CREATED)
async def request_run(
    round_id: UUID, body: ReasonIn, session: Session, actor: SignedIn, again: Annotated[bool, Query()] = False
) -> RunAsked:
    """Ask for a run of the allocation; with `again` for another one, the last becoming void. Each has its reason."""
    ask = run.run_again if again else run.request_run
    return RunAsked(id=await ask(session, actor, round_id, body.reason))


@router.get("/rounds/{round_id}/runs", operation_id="list_runs")
async def list_runs(round_id: UUID, session: Session, cache: HeldCache, actor: SignedIn) -> list[RunOut]:
    """The ledger of runs with their progress, for allocation officers and the approver."""
    ledger = [
        RunOut.model_validate(row, from_attributes=True) for row in await queries.runs_of(session, actor, round_id)
    ]
    for entry in ledger:
        entry.done, entry.total = await cache.progress(str(entry.job)) or (None, None)
    return ledger


@router.post("/rounds/{round_id}/approval-proposals", operation_id="propose_approval", status_code=CREATED)
async def propose_approval(round_id: UUID, session: Session, actor: SignedIn) -> ActOut:
    """Propose the verified result by its digest; the verifier runs again on the stored bytes."""
    return proposed(await publish.propose_approval(session, actor, round_id))


@router.post("/acts/{act_id}/approval", operation_id="approve_result")
async def approve_result(act_id: UUID, body: Approval, session: Session, actor: SignedIn) -> RoundOut:
    """The second person approves exactly this result; the verifier runs once more."""
    return seen(await publish.approve(session, actor, act_id, body.digest), actor)


@router.post("/rounds/{round_id}/annulment-proposals", operation_id="propose_annulment", status_code=CREATED)
async def propose_annulment(round_id: UUID, body: ReasonIn, session: Session, actor: SignedIn) -> ActOut:
    """Propose that bundle, draw and result be void."""
    return proposed(await publish.propose_annulment(session, actor, round_id, body.reason))


@router.post("/rounds/{round_id}/conclusion", operation_id="conclude_round")
async def conclude_round(round_id: UUID, session: Session, actor: SignedIn) -> RoundOut:
    """End the round."""
    return seen(await publish.conclude(session, actor, round_id), actor)


@router.get("/rounds/{round_id}/departures", operation_id="list_departures")
async def list_departures(
    round_id: UUID,
    session: Session,
    actor: SignedIn,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeparturePage:
    """Who has left a round for a place in another round of its stage and year, oldest first."""
    rows = await departures.departures_after(session, actor, round_id, after, limit)
    shown = [DepartureOut.model_validate(row, from_attributes=True) for row in rows]
    return DeparturePage(departures=shown, next=shown[-1].id if len(shown) == limit else None)


@router.get("/rounds/{round_id}/objections", operation_id="list_objections")
async def list_objections(
    round_id: UUID,
    session: Session,
    actor: SignedIn,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ObjectionPage:
    """A round's objections without their words, oldest first."""
    rows = await queries.objections_after(session, actor, round_id, after, limit)
    briefs = [ObjectionBrief.model_validate(row, from_attributes=True) for row in rows]
    return ObjectionPage(objections=briefs, next=briefs[-1].id if len(briefs) == limit else None)


@router.post(
    "/objections/{objection_id}/decision", operation_id="decide_objection", status_code=status.HTTP_204_NO_CONTENT
)
async def decide_objection(
    objection_id: UUID, body: ObjectionDecision, session: Session, vault: HeldVault, actor: SignedIn
) -> None:
    """Uphold or dismiss it, with an answer in words. Neither changes a drawn bundle."""
    await objections.decide_objection(session, vault, actor, objection_id, body.upheld, body.answer)
