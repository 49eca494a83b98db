"""What everyone may read of schools and seats; imports, plans and settlements by the bureau's officers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Path, Query, UploadFile, status

from app.accounts.calls import PublicCaller, Session, SignedIn
from app.schools import class_register, imports, prospectus, queries, service
from app.schools.imports import ImportFile
from app.schools.layouts import Kind
from app.schools.limits import MAX_BYTES
from app.schools.prospectus_schemas import ProspectusIn, ProspectusOut
from app.schools.schemas import (
    IDENTIFIER,
    CatchmentOut,
    CatchmentPage,
    ClassesChanged,
    ClassesIn,
    ClassOut,
    CommunityOut,
    CommunityPage,
    FeederOut,
    FindingOut,
    Planned,
    PlanProgramme,
    ProgrammeOut,
    ReportOut,
    SchoolOut,
    SchoolPage,
    Settled,
    SettleSeats,
    TownOut,
)
from app.schools.vocabulary import Stage

router = APIRouter(tags=["schools"])

On = Annotated[date | None, Query(description="The date whose register is asked for; today's if absent.")]
After = Annotated[str, Query(max_length=64, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500)]
Upload = Annotated[UploadFile, File(description="CSV in UTF-8, or XLSX.")]
Round = Annotated[UUID | None, Form(description="The round of a file of programmes.")]
SchoolId = Annotated[str, Path(pattern=IDENTIFIER)]
Year = Annotated[int, Query(ge=2000, le=2200)]
OneSchool = Annotated[str | None, Query(pattern=IDENTIFIER)]
Digest = Annotated[str, Form(pattern=r"^[0-9a-f]{64}$", description="The `digest` of the dry run.")]


@router.get("/bureaus/{bureau}/towns", operation_id="list_towns")
async def list_towns(bureau: str, caller: PublicCaller, session: Session, on: On = None) -> list[TownOut]:
    """The towns and subdistricts that stand on the date."""
    rows = await queries.towns_standing(session, bureau, await queries.day_asked(session, on))
    return [TownOut.model_validate(row, from_attributes=True) for row in rows]


@router.get("/bureaus/{bureau}/schools", operation_id="list_schools")
async def list_schools(
    bureau: str, caller: PublicCaller, session: Session, on: On = None, after: After = "", limit: Limit = 100
) -> SchoolPage:
    """The schools that stand on the date."""
    day = await queries.day_asked(session, on)
    schools = [SchoolOut.of(row, day) for row in await queries.schools_standing(session, bureau, day, after, limit)]
    return SchoolPage(schools=schools, next=schools[-1].id if len(schools) == limit else None)


@router.get("/bureaus/{bureau}/communities", operation_id="list_communities")
async def list_communities(
    bureau: str, caller: PublicCaller, session: Session, on: On = None, after: After = "", limit: Limit = 100
) -> CommunityPage:
    """The villages and neighbourhoods that stand on the date."""
    rows = await queries.communities_standing(session, bureau, await queries.day_asked(session, on), after, limit)
    communities = [CommunityOut.model_validate(row, from_attributes=True) for row in rows]
    return CommunityPage(communities=communities, next=communities[-1].id if len(communities) == limit else None)


@router.get("/bureaus/{bureau}/catchments/{stage}", operation_id="list_catchments")
async def list_catchments(
    bureau: str,
    stage: Stage,
    caller: PublicCaller,
    session: Session,
    on: On = None,
    after: After = "",
    limit: Limit = 100,
) -> CatchmentPage:
    """Which school, or group of schools, each community belongs to at this stage on the date."""
    day = await queries.day_asked(session, on)
    groups = await queries.catchments_standing(session, bureau, stage.value, day, after=after, limit=limit)
    catchments = [CatchmentOut.model_validate(group, from_attributes=True) for group in groups]
    return CatchmentPage(catchments=catchments, next=catchments[-1].community if len(catchments) == limit else None)


@router.get("/bureaus/{bureau}/feeders", operation_id="list_feeders")
async def list_feeders(bureau: str, caller: PublicCaller, session: Session, on: On = None) -> list[FeederOut]:
    """Which junior schools the leavers of each primary school have a right at, on the date."""
    groups = await queries.feeders_standing(session, bureau, await queries.day_asked(session, on))
    return [FeederOut.model_validate(group, from_attributes=True) for group in groups]


@router.get("/bureaus/{bureau}/rounds/{round_id}/programmes", operation_id="list_programmes")
async def list_programmes(bureau: str, round_id: UUID, caller: PublicCaller, session: Session) -> list[ProgrammeOut]:
    """The programmes of a round, with the seats that its draw may give."""
    rows = await queries.programmes_of_round(session, bureau, round_id)
    return [ProgrammeOut.model_validate(row, from_attributes=True) for row in rows]


@router.post("/imports/{kind}/dry-run", operation_id="dry_run_import")
async def dry_run_import(kind: Kind, session: Session, actor: SignedIn, file: Upload, round: Round = None) -> ReportOut:
    """What the file would change, every problem and every flag; nothing is changed."""
    return ReportOut.of(await imports.dry_run(session, actor, await _file(kind, file, round)))


@router.post("/imports/{kind}", operation_id="apply_import")
async def apply_import(
    kind: Kind, session: Session, actor: SignedIn, file: Upload, digest: Digest, round: Round = None
) -> ReportOut:
    """Make the register what the dry run of this digest showed: all of it or nothing."""
    return ReportOut.of(await imports.apply(session, actor, await _file(kind, file, round), digest))


@router.post("/programmes", operation_id="plan_programme")
async def plan_programme(body: PlanProgramme, session: Session, actor: SignedIn) -> Planned:
    """Make a programme, or change its classes and class size, while its round is planned."""
    flags = await service.plan_programme(session, actor, service.ProgrammePlan(**body.model_dump()))
    return Planned(id=body.id, flags=[FindingOut.of(flag) for flag in flags])


@router.post("/programmes/{programme}/settlements", operation_id="settle_seats", status_code=status.HTTP_201_CREATED)
async def settle_seats(programme: str, body: SettleSeats, session: Session, actor: SignedIn) -> Settled:
    """Let a decision take seats of the programme, until the round is frozen; said again, its numbers are replaced."""
    settlement = await service.settle_seats(session, actor, programme, body.seats, body.class_reduction, body.decision)
    return Settled.model_validate(settlement, from_attributes=True)


@router.put("/schools/{school}/rounds/{round_id}/classes", operation_id="report_classes")
async def report_classes(
    school: SchoolId, round_id: UUID, body: ClassesIn, session: Session, actor: SignedIn
) -> ClassesChanged:
    """A school's office, or the registrar, reports classes of the school year; vacancies follow from them."""
    reports = [class_register.ClassReport(**row.model_dump()) for row in body.classes]
    return ClassesChanged(changed=await class_register.report_classes(session, actor, school, round_id, reports))


@router.get("/schools/{school}/rounds/{round_id}/classes", operation_id="list_classes")
async def list_classes(school: SchoolId, round_id: UUID, session: Session, actor: SignedIn) -> list[ClassOut]:
    """A school's classes of the school year as reported, for its office and the bureau."""
    rows = await class_register.classes_of(session, actor, school, round_id)
    return [ClassOut.model_validate(row, from_attributes=True) for row in rows]


@router.get("/bureaus/{bureau}/prospectuses", operation_id="list_prospectuses")
async def list_prospectuses(
    bureau: str, caller: PublicCaller, session: Session, year: Year, school: OneSchool = None
) -> list[ProspectusOut]:
    """What the kindergartens have filed for a year and the bureau has published, by kindergarten."""
    rows = await prospectus.published(session, bureau, year, school)
    return [ProspectusOut.model_validate(row, from_attributes=True) for row in rows]


@router.post("/schools/{school}/prospectuses", operation_id="file_prospectus", status_code=status.HTTP_201_CREATED)
async def file_prospectus(school: SchoolId, body: ProspectusIn, session: Session, actor: SignedIn) -> ProspectusOut:
    """File plan, prospectus and fees for a year."""
    filing = prospectus.Filing(**body.model_dump())
    row = await prospectus.file_prospectus(session, actor, school, filing)
    return ProspectusOut.model_validate(row, from_attributes=True)


@router.get("/schools/{school}/prospectuses", operation_id="list_filings")
async def list_filings(school: SchoolId, session: Session, actor: SignedIn) -> list[ProspectusOut]:
    """Everything that the kindergarten has filed, newest first, published or not."""
    rows = await prospectus.filings_of(session, actor, school)
    return [ProspectusOut.model_validate(row, from_attributes=True) for row in rows]


@router.post("/prospectuses/{prospectus_id}/publication", operation_id="publish_prospectus")
async def publish_prospectus(prospectus_id: UUID, session: Session, actor: SignedIn) -> ProspectusOut:
    """Make a filing public; without one no private kindergarten takes part in a round."""
    row = await prospectus.publish_prospectus(session, actor, prospectus_id)
    return ProspectusOut.model_validate(row, from_attributes=True)


async def _file(kind: Kind, file: UploadFile, round_id: UUID | None) -> ImportFile:
    """At most one byte beyond the limit is read; the name keeps what can be printed."""
    name = "".join(sign for sign in (file.filename or "-") if sign.isprintable())[:100]
    return ImportFile(kind, name or "-", await file.read(MAX_BYTES + 1), round_id)
