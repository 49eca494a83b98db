"""API shapes of the register of primary leavers."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.applications.leaver_register import LeaversReport
from app.applications.models import Whereabouts
from app.schools.schemas import FindingOut


class LeaversOut(BaseModel):
    """What a file of leavers holds and would change, in numbers of children; `digest` is what applying confirms."""

    file: str
    year: int
    rows: int
    problems: list[FindingOut]
    flags: list[FindingOut]
    added: int
    moved: int
    unchanged: int
    digest: str | None

    @classmethod
    def of(cls, report: LeaversReport) -> "LeaversOut":
        return cls(
            file=report.file.name,
            year=report.file.year,
            rows=report.rows,
            problems=[FindingOut.of(finding) for finding in report.problems],
            flags=[FindingOut.of(finding) for finding in report.flags],
            added=report.added,
            moved=report.moved,
            unchanged=report.unchanged,
            digest=report.digest,
        )


class LeaverCountOut(BaseModel):
    """Of one primary school; `missing`: neither applied nor known to be `elsewhere`."""

    leavers: int
    applied: int
    elsewhere: int
    missing: int


class MissingLeaverOut(BaseModel):
    """`leaver` is its reference; `listed_by` the digest of the import that listed it, `line` its line in that file."""

    leaver: UUID
    primary: str
    listed_by: str | None
    line: int | None


class MissingLeaversPage(BaseModel):
    """By reference; `next` is the `after` of the next page."""

    leavers: list[MissingLeaverOut]
    next: UUID | None


class WhereaboutsIn(BaseModel):
    """Empty where it is unknown after all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"whereabouts": "school_elsewhere"}]})

    whereabouts: Whereabouts | None
