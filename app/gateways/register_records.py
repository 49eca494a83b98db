"""What each catalogue of the data platform holds of a person: the records of openapi/registers.json.

Every field of a record is present; null is what the register does not know.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.gateways.answers import Catalogue

Text = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Fraction = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}/[1-9][0-9]{0,8}$")]
Place = Literal["county", "city", "province", "elsewhere", "none"]


class Shape(BaseModel):
    """Strict on both sides: a field unknown or missing is a fault."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Household(Shape):
    """An entry of the household register (户籍)."""

    name: Text | None
    born_on: date | None
    place: Place | None
    community: Code | None
    kind: Literal["family", "collective"] | None
    with_parents: bool | None
    at_home: bool | None
    registered_on: date | None


class ResidencePermit(Shape):
    """A residence permit with its yearly endorsements; `suspended_on`: since when a missed one suspends it."""

    held: bool | None
    registered_since: date | None
    endorsements: list[date] | None
    obtained_on: date | None
    valid_until: date | None
    suspended_on: date | None


class Title(Shape):
    """The flat of the child's parents or grandparents in the county. `flat`: the number of the unit (不动产单元号)."""

    basis: Literal["own_flat", "grandparents"] | None
    share: Fraction | None
    parents_own_none: bool | None
    community: Code | None
    obtained_on: date | None
    flat: Text | None


class Contributions(Shape):
    """Months of social insurance paid in the county up to `as_of`."""

    months: int | None = Field(ge=0, le=1200)


class Employment(Shape):
    """The contract that stands, or the business licence."""

    kind: Literal["contract", "licence"] | None
    since: date | None
    obtained_on: date | None
    valid_until: date | None


class Guardianship(Shape):
    """The relation of the guardian on record to the child."""

    relation: Literal["father", "mother", "grandparent", "other_guardian"] | None


class DisabilityCard(Shape):
    category: Literal["sight", "hearing", "speech", "body", "intellect", "mind", "multiple"] | None
    level: int | None = Field(ge=1, le=4)
    valid_until: date | None


class Vaccinations(Shape):
    """`due`: what is to be caught up."""

    complete: bool | None
    due: list[Text] | None


class Standing(Shape):
    """A standing of the holder."""

    kind: Literal["martyr", "military", "talent"] | None
    obtained_on: date | None
    valid_until: date | None


RECORDS: dict[Catalogue, type[Shape]] = {
    Catalogue.HOUSEHOLDS: Household,
    Catalogue.RESIDENCE_PERMITS: ResidencePermit,
    Catalogue.TITLES: Title,
    Catalogue.CONTRIBUTIONS: Contributions,
    Catalogue.EMPLOYMENT: Employment,
    Catalogue.LICENCES: Employment,
    Catalogue.GUARDIANSHIPS: Guardianship,
    Catalogue.DISABILITY_CARDS: DisabilityCard,
    Catalogue.VACCINATIONS: Vaccinations,
    Catalogue.STANDINGS: Standing,
    Catalogue.TALENTS: Standing,
}
