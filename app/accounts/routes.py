"""Sign-in, sign-out, who am I, granting roles, reading two-person acts."""

from fastapi import APIRouter, Request, status

from app.accounts import queries, service
from app.accounts.calls import Bearer, HeldCache, HeldDatabase, HeldVault, Session, SignedIn
from app.accounts.schemas import ActOut, Granted, GrantRole, Me, SignedInAs, SignIn
from app.errors import ServiceError

router = APIRouter(tags=["accounts"])


@router.post("/sessions", operation_id="sign_in", status_code=status.HTTP_201_CREATED)
async def sign_in(
    body: SignIn, request: Request, database: HeldDatabase, vault: HeldVault, cache: HeldCache
) -> SignedInAs:
    """Sign in with what the identity provider gave; a family's first sign-in makes its account."""
    settings = request.app.state.settings
    address = request.client.host if request.client else "-"
    if await cache.count("sign_in", address, 60) > settings.sign_in_attempts_per_minute:
        raise ServiceError("access.too_many_attempts")
    person = await request.app.state.identity.verify(body.assertion.get_secret_value())
    async with database.transaction() as session:
        actor, token = await service.sign_in(
            session, vault, body.bureau, person, settings.session_hours, str(request.state.request_id)
        )
    return SignedInAs(token=token, person=actor.person)


@router.delete("/sessions/current", operation_id="sign_out", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(session: Session, actor: SignedIn, token: Bearer) -> None:
    """Revoke this token."""
    assert token is not None
    await service.sign_out(session, actor, token.credentials)


@router.get("/me", operation_id="who_am_i")
async def who_am_i(actor: SignedIn) -> Me:
    """The caller and its roles."""
    return Me(
        bureau=actor.bureau,
        person=actor.person,
        organisations=list(actor.organisations),
        duties=list(actor.duties),
    )


@router.post("/grants", operation_id="grant_role", status_code=status.HTTP_201_CREATED)
async def grant_role(body: GrantRole, session: Session, actor: SignedIn) -> Granted:
    """Give a person a role in an organisation."""
    grant = await service.grant_role(session, actor, body.person, body.organisation, body.role.value, body.valid_from)
    return Granted(id=grant.id)


@router.get("/acts", operation_id="list_acts")
async def list_acts(session: Session, actor: SignedIn) -> list[ActOut]:
    """The two-person acts that wait for approval and that the caller's duty may see."""
    return [ActOut.model_validate(act, from_attributes=True) for act in await queries.acts_waiting(session, actor)]
