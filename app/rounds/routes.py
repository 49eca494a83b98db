"""What everyone may read of a round, and what its families may read and file; the bureau's verbs stand in office."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response, status

from app.accounts.access import GUARDIAN
from app.accounts.calls import HeldDatabase, HeldVault, PublicCaller, Session, SignedIn
from app.applications.choices import Household
from app.journal import service as journal
from app.rounds import choices, departures, explanation, families, objections, office, public_files, queries
from app.rounds.explanation_schemas import ExplanationOut
from app.rounds.moves import is_insider
from app.rounds.public_files import Source
from app.rounds.schemas import (
    ChoiceOut,
    DepartureOut,
    DocumentOut,
    FileOut,
    MaskedName,
    ObjectionBrief,
    ObjectionFiled,
    ObjectionIn,
    ObjectionOut,
    ProofOut,
    PublicDepartureOut,
    RoundOut,
    RoundPage,
)

router = APIRouter(tags=["rounds"])
router.include_router(office.router)

Limit = Annotated[int, Query(ge=1, le=200)]
FileName = Annotated[str, Path(pattern=r"^[a-z]{1,40}\.(csv|json)$")]
PUBLIC = "/bureaus/{bureau}/rounds"
MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@router.get(PUBLIC, operation_id="list_rounds")
async def list_rounds(
    bureau: str, caller: PublicCaller, session: Session, after: UUID | None = None, limit: Limit = 50
) -> RoundPage:
    """The bureau's rounds, oldest first; those still being planned are shown to its staff alone."""
    rows = await queries.rounds_after(session, caller, after, limit)
    rounds = [RoundOut.of(row, is_insider(caller)) for row in rows]
    return RoundPage(rounds=rounds, next=rounds[-1].id if len(rounds) == limit else None)


@router.get(PUBLIC + "/{round_id}", operation_id="read_round")
async def read_round(
    bureau: str, round_id: UUID, caller: PublicCaller, session: Session, response: Response
) -> RoundOut:
    """A round with its dates, its root and its draw."""
    shown = RoundOut.of(await queries.visible_round(session, caller, round_id), is_insider(caller))
    response.headers["ETag"] = shown.etag
    return shown


@router.get(PUBLIC + "/{round_id}/documents", operation_id="list_round_documents")
async def list_round_documents(
    bureau: str, round_id: UUID, caller: PublicCaller, session: Session
) -> list[DocumentOut]:
    """The seven public things of a round."""
    rows = await queries.documents_of(session, caller, round_id)
    return [DocumentOut.model_validate(row, from_attributes=True) for row in rows]


@router.get(PUBLIC + "/{round_id}/choices", operation_id="list_choices")
async def list_choices(
    bureau: str,
    round_id: UUID,
    caller: PublicCaller,
    session: Session,
    community: Annotated[str, Query(max_length=64, description="Where the child lives.")],
    registered: Annotated[
        str | None, Query(max_length=64, description="Where it is registered; left out by new residents.")
    ] = None,
    primary: Annotated[
        str | None, Query(max_length=64, description="For grade 7: the county's primary school that it leaves.")
    ] = None,
    sibling_school: Annotated[
        str | None, Query(max_length=64, description="The school of an elder child whom this one is to follow.")
    ] = None,
    right_place: Annotated[
        str | None,
        Query(max_length=64, description="For soldiers' children: the community of the station or the grandparents."),
    ] = None,
) -> list[ChoiceOut]:
    """What each programme of the round is to a family: a right, to be ranked, a right that it claims, a wish without
    priority, or closed."""
    household = Household(community, registered, primary, sibling_school, right_place)
    found = await choices.choices_of_round(session, caller, round_id, household)
    return [ChoiceOut.of(choice, row) for choice, row in found]


@router.get(PUBLIC + "/{round_id}/ranking", operation_id="read_ranking", response_class=Response)
async def read_ranking(bureau: str, round_id: UUID, caller: PublicCaller, session: Session) -> Response:
    """The masked points list that stands for objection: CSV of school, masked applicant and keys."""
    listed = await queries.points_list_of(session, caller, round_id)
    return Response(listed.content, media_type=MEDIA["csv"], headers={"ETag": f'"{listed.digest}"'})


@router.get(PUBLIC + "/{round_id}/files", operation_id="list_round_files")
async def list_round_files(bureau: str, round_id: UUID, caller: PublicCaller, session: Session) -> list[FileOut]:
    """The published bundles and results of a round, file by file, with what each hashes to."""
    rows = await public_files.files_of_round(session, bureau, round_id)
    return [FileOut.model_validate(row, from_attributes=True) for row in rows]


@router.get(
    PUBLIC + "/{round_id}/files/{source}/{number}/{name}", operation_id="read_round_file", response_class=Response
)
async def read_round_file(
    bureau: str, round_id: UUID, source: Source, number: int, name: FileName, caller: PublicCaller, session: Session
) -> Response:
    """A file of a published bundle or result, byte for byte as it was frozen or solved."""
    content = await public_files.file_of_round(session, bureau, round_id, source, number, name)
    return Response(content, media_type=MEDIA[name.rpartition(".")[2]])


@router.get(PUBLIC + "/{round_id}/departures", operation_id="list_public_departures")
async def list_public_departures(
    bureau: str, round_id: UUID, caller: PublicCaller, session: Session
) -> list[PublicDepartureOut]:
    """Who has left a published bundle for a place in another round of the entry, by pseudonym: why whoever replays a
    pass does not find a child in it that the list before it named."""
    rows = await departures.public_departures(session, bureau, round_id)
    return [PublicDepartureOut.model_validate(row, from_attributes=True) for row in rows]


@router.get("/rounds/{round_id}/ranking/{application_id}", operation_id="read_masked_name")
async def read_masked_name(round_id: UUID, application_id: UUID, session: Session, actor: SignedIn) -> MaskedName:
    """Under which name the points list shows one's own child."""
    return MaskedName(shown=await families.masked_name(session, actor, round_id, application_id))


@router.get("/rounds/{round_id}/proofs/{application_id}", operation_id="read_family_proof")
async def read_family_proof(round_id: UUID, application_id: UUID, session: Session, actor: SignedIn) -> list[ProofOut]:
    """One's own child's rows in each published bundle, and the proof that they stood in it before the draw."""
    return [
        ProofOut(
            bundle=bundle.number,
            pass_number=bundle.pass_number,
            status=bundle.status,
            root=bundle.root,
            pseudonym=person.pseudonym,
            salt=person.salt.hex(),
            rows=person.rows.decode("ascii"),
            leaf=person.leaf,
            leaves=person.leaves,
            path=person.path,
        )
        for bundle, person in await families.proofs_of(session, actor, round_id, application_id)
    ]


@router.get("/rounds/{round_id}/explanations/{application_id}", operation_id="read_explanation")
async def read_explanation(round_id: UUID, application_id: UUID, session: Session, actor: SignedIn) -> ExplanationOut:
    """Why one's own child got its place and none that it preferred: each comparison, and a sentence for it."""
    return ExplanationOut.of(await explanation.explanation_of(session, actor, round_id, application_id))


@router.post(
    "/applications/{application_id}/objections", operation_id="file_objection", status_code=status.HTTP_201_CREATED
)
async def file_objection(
    application_id: UUID, body: ObjectionIn, session: Session, vault: HeldVault, actor: SignedIn
) -> ObjectionFiled:
    """Object to the points list or to the proposed list, while it stands for objection."""
    return ObjectionFiled(id=await objections.file_objection(session, vault, actor, application_id, body.words))


@router.get("/departures", operation_id="list_own_departures")
async def list_own_departures(session: Session, actor: SignedIn) -> list[DepartureOut]:
    """The rounds that the caller's own children have left for a place in another one, newest first."""
    rows = await departures.own_departures(session, actor)
    return [DepartureOut.model_validate(row, from_attributes=True) for row in rows]


@router.get("/objections", operation_id="list_own_objections")
async def list_own_objections(session: Session, actor: SignedIn) -> list[ObjectionBrief]:
    """The caller's own objections, newest first."""
    rows = await families.own_objections(session, actor)
    return [ObjectionBrief.model_validate(row, from_attributes=True) for row in rows]


@router.get("/objections/{objection_id}", operation_id="read_objection")
async def read_objection(
    objection_id: UUID, session: Session, database: HeldDatabase, vault: HeldVault, actor: SignedIn
) -> ObjectionOut:
    """An objection with its answer. A reading by staff is journalled."""
    opened, reader = await objections.open_objection(session, vault, actor, objection_id)
    if reader.role != GUARDIAN:
        await journal.record_apart(database, reader, "objection", "read", f"objection:{objection_id}", "read")
    return ObjectionOut.model_validate(opened, from_attributes=True)
