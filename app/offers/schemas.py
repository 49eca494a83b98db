"""API shapes of offers, by who reads them: a school never sees at which rank it was listed (T-02)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, computed_field

from app.offers.lifecycle import OfferEvent, OfferStatus
from app.offers.vocabulary import BESIDE_THE_RESULT, Band


class ByException(BaseModel):
    """That a place stands beside the result, in Chinese and English."""

    zh: str
    en: str


class OfferOut(BaseModel):
    """An offer as its family sees it. `leaves`: the offer by which the child is a pupil elsewhere until it arrives."""

    id: UUID
    round: UUID
    application: UUID
    programme: str
    school: str
    rank: int
    seat: str
    band: Band
    distance_m: int
    status: OfferStatus
    issued_at: datetime
    answered_at: datetime | None
    leaves: UUID | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def exception(self) -> ByException | None:
        """Says so where the child was admitted beside the result."""
        words = BESIDE_THE_RESULT.get(self.seat)
        return None if words is None else ByException(zh=words[0], en=words[1])


class OfferOpened(OfferOut):
    """One offer with what is sealed in it: where a child that declined will study, why the bureau withdrew the place
    or gave it by exception (all absent for an auditor and for allocation officers)."""

    destination: str | None = Field(repr=False)
    withdrawal_reason: str | None = Field(repr=False)
    exception_reason: str | None = Field(repr=False)


class SchoolOfferOut(BaseModel):
    """A child whom the school's office expects; without its name where another school has since become its own."""

    id: UUID
    child_name: str | None = Field(repr=False)
    status: OfferStatus
    answered_at: datetime | None
    reported_at: datetime | None


class SchoolOfferPage(BaseModel):
    """`next` is the `after` of the next page."""

    offers: list[SchoolOfferOut]
    next: UUID | None


class AnswerIn(BaseModel):
    """`accept`, `wait` or `decline`; who declines says where the child will study."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"answer": "accept"}]})
    answer: Literal[OfferEvent.ACCEPT, OfferEvent.WAIT, OfferEvent.DECLINE]
    destination: str | None = Field(default=None, max_length=200, repr=False)


class AnsweredOut(BaseModel):
    status: OfferStatus


class ReportIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    offer: UUID
    report: Literal[
        OfferEvent.REPORT_ARRIVED,
        OfferEvent.REPORT_NOT_ARRIVED,
        OfferEvent.REPORT_ELSEWHERE,
        OfferEvent.REPORT_PAPERS_DIFFER,
    ]


class ReportsIn(BaseModel):
    """A school's list: recorded together or not at all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"reports": [{"offer": "01990000-0000-7000-8000-000000000002", "report": "report_arrived"}]}]
        },
    )
    reports: list[ReportIn] = Field(min_length=1, max_length=2000)


class CountOut(BaseModel):
    """How many offers were moved."""

    count: int


class WithdrawalIn(BaseModel):
    """An individual sentence for the family."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "核实后，该儿童已在外县入学并取得学籍。"}]}
    )
    reason: str = Field(min_length=5, max_length=2000, repr=False)


class WithdrawalApprovalIn(WithdrawalIn):
    """The second person names the digest shown and repeats the reason that both have read."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class BundleOut(BaseModel):
    """The bundle of the later pass."""

    bundle: UUID
