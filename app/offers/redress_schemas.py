"""API shapes of a place that mends an error of the bureau."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.offers.redress_case import Wanted
from app.offers.vocabulary import Ground


class RedressIn(BaseModel):
    """Which child is to be given which place, wherein the bureau erred, and an individual sentence for its family.
    `beyond_limit` says that the limit of the class size may be exceeded; the excess is then kept in the record."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "application": "01990000-0000-7000-8000-000000000004",
                    "programme": "2026-g1-s1",
                    "ground": "refused_in_error",
                    "reason": "经复核，居住证当时有效，原不符合条件的认定有误，现予更正。",
                    "beyond_limit": False,
                }
            ]
        },
    )
    application: UUID
    programme: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")
    ground: Ground
    reason: str = Field(min_length=5, max_length=2000, repr=False)
    beyond_limit: bool = False

    def wanted(self) -> Wanted:
        return Wanted(self.application, self.programme, self.ground)
