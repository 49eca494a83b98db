"""API shapes of what is referred to other offices."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.applications.lifecycle import ReferralStatus, Verdict


class ReferralLine(BaseModel):
    """A line of an office's list; `child` and `holder`, the person whose standing is claimed, are masked names."""

    id: UUID
    kind: str
    value: str
    status: ReferralStatus
    child: str
    holder: str
    made_at: datetime
    due_on: date


class ReferralPage(BaseModel):
    """Oldest first; `next` is the `after` of the next page."""

    referrals: list[ReferralLine]
    next: UUID | None


class ReferralOut(BaseModel):
    """What the office is asked, with name and number of the person concerned (`told.holder`)."""

    id: UUID
    kind: str
    status: ReferralStatus
    made_at: datetime
    due_on: date
    told: dict[str, Any]
    reason: str | None


class AnswerLine(BaseModel):
    model_config = ConfigDict(extra="forbid")
    referral: UUID
    event: Verdict
    reason: str | None = Field(default=None, max_length=2000, repr=False)


class AnswersIn(BaseModel):
    """Answers recorded together or not at all; a refusal gives its reason in words for the family."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "answers": [
                        {
                            "referral": "01990000-0000-7000-8000-000000000001",
                            "event": "refuse",
                            "reason": "该人员已于2025年退出现役。",
                        }
                    ]
                }
            ]
        },
    )
    answers: list[AnswerLine] = Field(min_length=1, max_length=500)
