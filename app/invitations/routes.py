"""Registers of children, invitations and outreach: parse, one call, answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Header, Path, Query, Response, UploadFile, status
from fastapi import Form as Field

from app.accounts.calls import HeldVault, Session, SignedIn
from app.applications.form import Form
from app.applications.schemas import ReceiptOut
from app.invitations import draw_up, family, letters, like_pairs, listing, outreach, register
from app.invitations.register import RegisterFile
from app.invitations.register_file import Source
from app.invitations.schemas import (
    AttemptIn,
    AttemptOut,
    CodeIn,
    CommunityCountOut,
    DrawnUpOut,
    EndedOut,
    EndingIn,
    GuardianOut,
    InvitationLine,
    MissingOut,
    MyInvitation,
    OpenedInvitation,
    PairOut,
    RegisterOut,
    VerdictIn,
)
from app.schools.limits import MAX_BYTES

router = APIRouter(tags=["invitations"])
Upload = Annotated[UploadFile, File(description="CSV in UTF-8, or XLSX: the columns of the register.")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="The `digest` of the dry run.")]
OrganisationId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$", description="The bureau, or a town.")]
Year = Annotated[int, Path(ge=2000, le=2100, description="The year of entry.")]
YearOfEntry = Annotated[int, Query(ge=2000, le=2100)]
Community = Annotated[str, Query(max_length=64)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9_-]{8,64}$")]
OfOrganisation = "/organisations/{organisation}/invitations"


@router.post("/expected-children/{source}/dry-run", operation_id="dry_run_expected_children")
async def dry_run_expected_children(
    source: Source, session: Session, vault: HeldVault, actor: SignedIn, file: Upload
) -> RegisterOut:
    """What a file of a register of children would change; nothing is changed, and nothing of it is kept."""
    return RegisterOut.of(await register.dry_run(session, vault, actor, await _file(source, file)))


@router.post("/expected-children/{source}", operation_id="apply_expected_children")
async def apply_expected_children(
    source: Source, session: Session, vault: HeldVault, actor: SignedIn, file: Upload, digest: Digest
) -> RegisterOut:
    """Take over what the dry run of this digest showed: all of it or nothing."""
    return RegisterOut.of(await register.apply(session, vault, actor, await _file(source, file), digest))


@router.get("/expected-children/pairs", operation_id="list_like_pairs")
async def list_like_pairs(
    session: Session, vault: HeldVault, actor: SignedIn, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[PairOut]:
    """Pairs of children that may be one, which a person must look at; names are masked."""
    pairs = await like_pairs.unsettled_pairs(session, vault, actor, limit)
    return [PairOut.model_validate(pair, from_attributes=True) for pair in pairs]


@router.put(
    "/expected-children/pairs/{pair_id}", operation_id="settle_like_pair", status_code=status.HTTP_204_NO_CONTENT
)
async def settle_like_pair(pair_id: UUID, body: VerdictIn, session: Session, vault: HeldVault, actor: SignedIn) -> None:
    """Say whether the two are one child, once."""
    await like_pairs.settle_pair(session, vault, actor, pair_id, body.verdict)


@router.post("/rounds/{round_id}/invitations", operation_id="draw_up_invitations")
async def draw_up_invitations(round_id: UUID, session: Session, vault: HeldVault, actor: SignedIn) -> DrawnUpOut:
    """Invite every child of the registers who comes of age for the round, decided in advance by its rules."""
    return DrawnUpOut.model_validate(await draw_up.draw_up(session, vault, actor, round_id), from_attributes=True)


@router.get("/invitations/{year}/counts", operation_id="count_invitations")
async def count_invitations(year: Year, session: Session, actor: SignedIn) -> dict[str, CommunityCountOut]:
    """By community: who is invited, has answered, is explained, and is still open."""
    counts = await listing.count_invitations(session, actor, year)
    return {name: CommunityCountOut.model_validate(count, from_attributes=True) for name, count in counts.items()}


@router.get(OfOrganisation, operation_id="list_invitations")
async def list_invitations(
    organisation: OrganisationId,
    year: YearOfEntry,
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
    community: Community | None = None,
    only_open: bool = False,
) -> list[InvitationLine]:
    """A year's list of the bureau, or of a town, by community, with masked names."""
    lines = await listing.list_invitations(session, vault, actor, organisation, year, community, only_open)
    return [InvitationLine.model_validate(line, from_attributes=True) for line in lines]


@router.post(OfOrganisation + "/letters", operation_id="print_invitations", response_class=Response)
async def print_invitations(
    organisation: OrganisationId,
    year: YearOfEntry,
    community: Community,
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
) -> Response:
    """The letters of a community's open invitations as plain text, parted by form feeds. The act is journalled."""
    text = await letters.print_letters(session, vault, actor, organisation, year, community)
    return Response(text, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@router.post(OfOrganisation + "/{invitation_id}/unmasking", operation_id="unmask_invitation")
async def unmask_invitation(
    organisation: OrganisationId, invitation_id: UUID, session: Session, vault: HeldVault, actor: SignedIn
) -> OpenedInvitation:
    """Child, guardians and telephone, for whoever has to reach them. The act is journalled."""
    opened = await listing.open_invitation(session, vault, actor, organisation, invitation_id)
    child = opened.child
    return OpenedInvitation(
        id=opened.id,
        name=child["name"],
        number=child["number"],
        born_on=child["born_on"],
        guardians=[GuardianOut(**guardian) for guardian in opened.guardians],
        community=opened.community,
        schools=list(opened.schools),
        missing=_missing(opened.missing),
        explanation=opened.explanation,
    )


@router.post(
    OfOrganisation + "/{invitation_id}/attempts",
    operation_id="record_attempt",
    status_code=status.HTTP_201_CREATED,
)
async def record_attempt(
    organisation: OrganisationId, invitation_id: UUID, body: AttemptIn, session: Session, actor: SignedIn
) -> AttemptOut:
    """Record a visit, a call or a letter, and what came of it."""
    attempt = outreach.Attempt(body.way, body.result, body.made_on)
    return AttemptOut(attempt=await outreach.record_attempt(session, actor, organisation, invitation_id, attempt))


@router.put(OfOrganisation + "/{invitation_id}/ending", operation_id="explain_invitation")
async def explain_invitation(
    organisation: OrganisationId,
    invitation_id: UUID,
    body: EndingIn,
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
) -> EndedOut:
    """Record why no application is awaited, or that one is after all; an application counts nevertheless."""
    ending = outreach.Ending(body.event, body.school)
    return EndedOut(status=await outreach.explain(session, vault, actor, organisation, invitation_id, ending))


@router.post("/invitations/opening", operation_id="open_own_invitations")
async def open_own_invitations(body: CodeIn, session: Session, vault: HeldVault, actor: SignedIn) -> list[MyInvitation]:
    """The caller's invitations, by their number or by the code of a letter to them, each with the form filled in."""
    mine = await family.own_invitations(session, vault, actor, body.code)
    return [
        MyInvitation(
            id=one.id,
            round=one.round,
            year=one.year,
            finding=one.finding,
            schools=list(one.schools),
            missing=_missing(one.missing),
            form=one.form,
        )
        for one in mine
    ]


@router.post(
    "/invitations/{invitation_id}/confirmation",
    operation_id="confirm_invitation",
    status_code=status.HTTP_201_CREATED,
)
async def confirm_invitation(
    invitation_id: UUID, form: Form, key: IdempotencyKey, session: Session, vault: HeldVault, actor: SignedIn
) -> ReceiptOut:
    """Submit the form of an invitation, as it was filled in or as the family has changed it."""
    receipt = await family.confirm_invitation(session, vault, actor, invitation_id, form, key)
    return ReceiptOut.model_validate(receipt)


def _missing(told: tuple[tuple[str, str, str], ...]) -> list[MissingOut]:
    return [MissingOut(fact=fact, zh=zh, en=en) for fact, zh, en in told]


async def _file(source: Source, file: UploadFile) -> RegisterFile:
    """At most one byte beyond the limit is read; the name keeps what can be printed."""
    name = "".join(sign for sign in (file.filename or "-") if sign.isprintable())[:100]
    return RegisterFile(source, name or "-", await file.read(MAX_BYTES + 1))
