"""API shapes of registers, invitations and outreach."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.invitations.lifecycle import InvitationEvent, InvitationStatus
from app.invitations.models import Finding, Reached, Verdict, Way
from app.invitations.register import RegisterReport
from app.invitations.register_file import Source
from app.schools.schemas import FindingOut


class RegisterOut(BaseModel):
    """What a file of a register holds and would change, in numbers of children; `alike`: pairs that a person must look
    at. `digest` is what applying confirms."""

    file: str
    source: Source
    rows: int
    problems: list[FindingOut]
    flags: list[FindingOut]
    added: int
    told: int
    alike: int
    digest: str | None

    @classmethod
    def of(cls, report: RegisterReport) -> "RegisterOut":
        return cls(
            file=report.file.name,
            source=report.file.source,
            rows=report.rows,
            problems=[FindingOut.of(finding) for finding in report.problems],
            flags=[FindingOut.of(finding) for finding in report.flags],
            added=report.added,
            told=report.told,
            alike=report.alike,
            digest=report.digest,
        )


class SideOut(BaseModel):
    child: UUID
    name: str
    community: str
    sources: list[Source]
    has_number: bool


class PairOut(BaseModel):
    """Two children of one name and birth date, of whom at most one has a number; names are masked."""

    id: UUID
    first: SideOut
    second: SideOut


class VerdictIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"verdict": "different"}]})
    verdict: Verdict


class DrawnUpOut(BaseModel):
    """Children invited anew; invitations that say something else now; those that stand as before."""

    invited: int
    changed: int
    unchanged: int


class CommunityCountOut(BaseModel):
    """`ended`: why no application is awaited → children. Empty or explained is the list where `open` is 0."""

    invited: int
    answered: int
    ended: dict[InvitationStatus, int]
    open: int


class InvitationLine(BaseModel):
    """A child of the list, its name masked; `due_on` is the day of the case while it is open."""

    id: UUID
    child: str
    community: str
    sources: list[Source]
    finding: Finding
    status: InvitationStatus
    answered: bool
    attempts: int
    due_on: date


class MissingOut(BaseModel):
    """What would show the right, or raise the level: the path of the fact, and its words."""

    fact: str
    zh: str
    en: str


class GuardianOut(BaseModel):
    name: str | None
    number: str | None
    relation: str
    phone: str | None


class OpenedInvitation(BaseModel):
    """One child with its guardians, unmasked."""

    id: UUID
    name: str
    number: str | None
    born_on: date
    guardians: list[GuardianOut]
    community: str
    schools: list[str]
    missing: list[MissingOut]
    explanation: str | None


class AttemptIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"way": "visit", "result": "promised", "made_on": "2026-05-20"}]},
    )
    way: Way
    result: Reached
    made_on: date


class AttemptOut(BaseModel):
    attempt: UUID


class EndingIn(BaseModel):
    """`school`: at which school, and where, for `go_elsewhere` alone."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"event": "move_away"}]})
    event: InvitationEvent
    school: str | None = Field(default=None, min_length=2, max_length=200, repr=False)


class EndedOut(BaseModel):
    status: InvitationStatus


class CodeIn(BaseModel):
    """The code of a letter; without one, the invitations that name the caller."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": None}]})
    code: str | None = Field(default=None, min_length=1, max_length=80, repr=False)


class MyInvitation(BaseModel):
    """A decision in advance, and the form to be confirmed as far as the registers know it."""

    id: UUID
    round: UUID
    year: int
    finding: Finding
    schools: list[str]
    missing: list[MissingOut]
    form: dict[str, Any]
