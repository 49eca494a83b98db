"""Sign-in, sign-out, who am I, granting roles, reading two-person acts."""

from uuid import UUID

from fastapi import APIRouter, Request, status

from app.accounts import queries, service
from app.accounts.calls import Bearer, HeldCache, HeldDatabase, HeldVault, PublicCaller, Session, SignedIn
from app.accounts.schemas import (
    ActOut,
    FoundOrganisation,
    Granted,
    GrantOut,
    GrantRole,
    Me,
    OrganisationOut,
    SignedInAs,
    SignIn,
)
from app.errors import ServiceError

router = APIRouter(tags=["accounts"])


@router.post("/sessions", operation_id="sign_in", status_code=status.HTTP_201_CREATED)
async def sign_in(
    body: SignIn, request: Request, database: HeldDatabase, vault: HeldVault, cache: HeldCache
) -> SignedInAs:
    """Sign in with what the identity provider gave; a family's first sign-in makes its account."""
    settings = request.app.state.settings
    address = request.client.host if request.client else "-"
    # Only what fails is counted: hundreds of families may sit behind one address.
    if await cache.counted("sign_in", address) >= settings.sign_in_attempts_per_minute:
        raise ServiceError("access.too_many_attempts")
    try:
        person = await request.app.state.identity.verify(body.assertion.get_secret_value())
        async with database.transaction() as session:
            actor, token = await service.sign_in(
                session, vault, body.bureau, person, settings.session_hours, str(request.state.request_id)
            )
    except ServiceError:
        await cache.count("sign_in", address, 60)
        raise
    return SignedInAs(token=token, person=actor.person)


@router.delete("/sessions/current", operation_id="sign_out", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(request: Request, database: HeldDatabase, token: Bearer) -> None:
    """Revoke this token."""
    if token is None:
        raise ServiceError("access.signed_out")
    async with database.transaction() as session:
        await service.sign_out(session, token.credentials, str(request.state.request_id))


@router.get("/me", operation_id="who_am_i")
async def who_am_i(actor: SignedIn) -> Me:
    """The caller and its roles."""
    return Me(
        bureau=actor.bureau,
        person=actor.person,
        organisations=list(actor.organisations),
        duties=list(actor.duties),
    )


@router.post("/organisations", operation_id="found_organisation", status_code=status.HTTP_201_CREATED)
async def found_organisation(body: FoundOrganisation, session: Session, actor: SignedIn) -> OrganisationOut:
    """Set up an office that confirms families' standing, or a town's government that decides on deferrals."""
    await service.found_organisation(session, actor, body.id, body.kind, body.office, body.name)
    return OrganisationOut.model_validate(body, from_attributes=True)


@router.get("/bureaus/{bureau}/organisations", operation_id="list_organisations")
async def list_organisations(bureau: str, session: Session, _caller: PublicCaller) -> list[OrganisationOut]:
    """The bureau, its schools, the other offices and the towns: whom a claim goes to."""
    rows = await service.organisations(session, bureau)
    return [OrganisationOut.model_validate(row, from_attributes=True) for row in rows]


@router.post("/grants", operation_id="grant_role", status_code=status.HTTP_201_CREATED)
async def grant_role(body: GrantRole, session: Session, actor: SignedIn) -> Granted:
    """Give a person a role in an organisation."""
    grant = await service.grant_role(session, actor, body.person, body.organisation, body.role.value, body.valid_from)
    return Granted(id=grant.id)


@router.get("/grants", operation_id="list_grants")
async def list_grants(person: UUID, session: Session, actor: SignedIn) -> list[GrantOut]:
    """The roles that a person holds."""
    rows = await queries.roles_held(session, actor, person)
    return [GrantOut.model_validate(row, from_attributes=True) for row in rows]


@router.delete("/grants/{grant_id}", operation_id="end_grant", status_code=status.HTTP_204_NO_CONTENT)
async def end_grant(grant_id: UUID, session: Session, actor: SignedIn) -> None:
    """End a role: the person's next request is without it."""
    await service.end_grant(session, actor, grant_id)


@router.get("/acts", operation_id="list_acts")
async def list_acts(session: Session, actor: SignedIn) -> list[ActOut]:
    """The two-person acts that wait for approval and that the caller's duty may see."""
    return [ActOut.model_validate(act, from_attributes=True) for act in await queries.acts_waiting(session, actor)]
