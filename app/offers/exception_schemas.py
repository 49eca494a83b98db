"""API shapes of twins who were parted and of what admits one by exception: no names."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.offers.exception_candidates import Candidate
from app.offers.lifecycle import OfferStatus


class HeadroomOut(BaseModel):
    """`left` is what classes × `class_limit` still allow above `drawn`, the seats of the frozen bundle, when what
    decisions have taken (`settled`, `reduction`) and who was `admitted` by exception are taken off."""

    programme: str
    school: str
    classes: int
    class_size: int
    class_limit: int
    settled: int
    reduction: int
    drawn: int
    admitted: int
    left: int


class TwinOut(BaseModel):
    """A twin that has a place at the programme; `status` of its offer there, if it has one."""

    application: UUID
    offer: UUID | None
    status: OfferStatus | None


class PartedTwinsOut(BaseModel):
    """`application` missed `programme`, the `rank`th of its list, where its `twins` have a place by `run`.

    `by`: what decided between them: `applicant` where nothing but the identifier did, else a key of the order or a
    reserved seat. `passed_over`: how many other children who missed it stand before this one for a seat of the
    last twin's kind: where that seat is reserved for a group of this child's, those of the group alone, else all.
    `instead`: the offer that the child has now. `refused`: the code of the reason why no exception is possible now.
    """

    run: UUID
    pass_number: int
    programme: str
    application: UUID
    rank: int
    by: str
    passed_over: int
    twins: list[TwinOut]
    instead: UUID | None
    instead_programme: str | None
    instead_status: OfferStatus | None
    headroom: HeadroomOut
    refused: str | None

    @classmethod
    def of(cls, found: Candidate) -> Self:
        twins, offer = found.twins, found.offer
        beside = {held.application: held for held in found.beside}
        return cls.model_validate(
            {
                "run": twins.run,
                "pass_number": twins.pass_number,
                "programme": twins.programme,
                "application": twins.missed.application,
                "rank": twins.rank,
                "by": twins.by,
                "passed_over": twins.passed_over,
                "twins": [
                    {
                        "application": twin.application,
                        "offer": held.id if held is not None else None,
                        "status": held.status if held is not None else None,
                    }
                    for twin in twins.placed
                    for held in [beside.get(twin.application)]
                ],
                "instead": offer.id if offer is not None else None,
                "instead_programme": offer.programme if offer is not None else None,
                "instead_status": offer.status if offer is not None else None,
                "headroom": HeadroomOut.model_validate(found.headroom, from_attributes=True),
                "refused": found.refused,
            }
        )


class ExceptionIn(BaseModel):
    """Which child is to be admitted where its twin is, and an individual sentence for its family."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "application": "01990000-0000-7000-8000-000000000004",
                    "programme": "2026-g1-s1",
                    "reason": "双胞胎仅因编号先后分开，应监护人请求，在班额余量内录取至同一学校。",
                }
            ]
        },
    )
    application: UUID
    programme: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")
    reason: str = Field(min_length=5, max_length=2000, repr=False)


class ExceptionApprovalIn(BaseModel):
    """The second person names the digest shown and repeats the reason that both have read."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "digest": "0f" * 32,
                    "reason": "双胞胎仅因编号先后分开，应监护人请求，在班额余量内录取至同一学校。",
                }
            ]
        },
    )
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    reason: str = Field(min_length=5, max_length=2000, repr=False)


class AdmittedOut(BaseModel):
    """The offer by exception."""

    offer: UUID
