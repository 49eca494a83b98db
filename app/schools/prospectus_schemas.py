"""API shapes of what kindergartens file."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Words = Annotated[str, Field(min_length=1, max_length=50_000)]
Fen = Annotated[int, Field(ge=0, le=10_000_000)]


class ProspectusIn(BaseModel):
    """Plan, prospectus and fees for a year, in both languages; fees in fen (1/100 yuan) a child and month."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "year": 2026,
                    "plan_zh": "小班2个班，共50人。",
                    "plan_en": "Two junior classes, 50 children.",
                    "text_zh": "招生简章……",
                    "text_en": "The prospectus …",
                    "care_fee_fen": 55_000,
                    "meals_fee_fen": 22_000,
                }
            ]
        },
    )
    year: int = Field(ge=2000, le=2200)
    plan_zh: Words
    plan_en: Words
    text_zh: Words
    text_en: Words
    care_fee_fen: Fen
    meals_fee_fen: Fen
    other_fees_zh: str = Field(default="", max_length=5_000)
    other_fees_en: str = Field(default="", max_length=5_000)
    fictitious: bool = False


class ProspectusOut(BaseModel):
    """What a kindergarten has filed; `digest` is of its content. Public where `published_at` is set."""

    id: UUID
    school: str
    year: int
    number: int
    plan_zh: str
    plan_en: str
    text_zh: str
    text_en: str
    care_fee_fen: int
    meals_fee_fen: int
    other_fees_zh: str
    other_fees_en: str
    digest: str
    filed_at: datetime
    published_at: datetime | None
    fictitious: bool
