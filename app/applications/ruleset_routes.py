"""Rulesets, which everybody may read and two persons activate: parse, one call, answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, status

from app.accounts.calls import HeldVault, PublicCaller, Session, SignedIn
from app.accounts.schemas import ActOut, Approval
from app.applications import replay, rulesets
from app.applications.replay_schemas import ReplayPage
from app.applications.schemas import ActivatedOut, RulesetIn, RulesetOut

router = APIRouter()
RulesetId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]


@router.post("/rulesets", operation_id="upload_ruleset", status_code=status.HTTP_201_CREATED)
async def upload_ruleset(body: RulesetIn, session: Session, actor: SignedIn) -> RulesetOut:
    """Upload a ruleset; what is unknown, uncited or unreachable in it is refused by name."""
    kept = await rulesets.upload(session, actor, body.text)
    return RulesetOut.model_validate(kept, from_attributes=True)


@router.get("/bureaus/{bureau}/rulesets", operation_id="list_rulesets")
async def list_rulesets(bureau: str, session: Session, _caller: PublicCaller) -> list[RulesetOut]:
    """The bureau's rulesets: rules that anyone can read."""
    return [
        RulesetOut.model_validate(kept, from_attributes=True) for kept in await rulesets.all_rulesets(session, bureau)
    ]


@router.post(
    "/rulesets/{ruleset_id}/activation-proposals",
    operation_id="propose_ruleset_activation",
    status_code=status.HTTP_201_CREATED,
)
async def propose_ruleset_activation(ruleset_id: RulesetId, session: Session, actor: SignedIn) -> ActOut:
    """Propose to activate a ruleset as it stands."""
    act = await rulesets.propose_activation(session, actor, ruleset_id)
    return ActOut.model_validate(act, from_attributes=True)


@router.post("/acts/{act_id}/ruleset-activation", operation_id="activate_ruleset")
async def activate_ruleset(act_id: UUID, body: Approval, session: Session, actor: SignedIn) -> ActivatedOut:
    """The second person activates the ruleset; from then on its text is fixed."""
    return ActivatedOut(ruleset=await rulesets.activate(session, actor, act_id, body.digest))


@router.get("/rounds/{round_id}/replay", operation_id="replay_round")
async def replay_round(
    round_id: UUID,
    ruleset: Annotated[str, Query(pattern=r"^[A-Za-z0-9._:-]{1,64}$", description="An active ruleset of the stage.")],
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> ReplayPage:
    """Whose outcome or keys another ruleset would change, and by which rules. Nothing of the round changes."""
    found = await replay.replay_round(session, vault, actor, round_id, ruleset, after, limit)
    return ReplayPage.model_validate(found, from_attributes=True)
