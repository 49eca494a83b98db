"""What goes over the wire to the data platform and back: the shapes of openapi/registers.json."""

from datetime import date
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import Field

from app.gateways.answers import About, Catalogue
from app.gateways.register_records import RECORDS, Shape, Text

MOST = 200


class QuestionIn(Shape):
    id: UUID
    about: About
    number_kind: Literal["mainland", "hong_kong", "macao", "taiwan", "foreign"]
    number: Text
    name: Text
    as_of: date


class QueryIn(Shape):
    """Up to 200 questions to one catalogue; `id` is that of the query."""

    id: UUID
    questions: list[QuestionIn] = Field(min_length=1, max_length=MOST)


R = TypeVar("R", bound=Shape)


class Result(Shape, Generic[R]):
    """The answer to one question. `valid_on`: the day whose entries it shows; absent where it is unavailable."""

    id: UUID
    state: Literal["found", "not_found", "unavailable"]
    valid_on: date | None
    record: R | None


class Answers(Shape, Generic[R]):
    """The answers to a query, in any order; `id` is the query's."""

    id: UUID
    catalogue: Catalogue
    results: list[Result[R]]


def path_of(catalogue: Catalogue) -> str:
    """Below the platform's URL."""
    office, _, name = catalogue.value.partition(".")
    return f"/v1/{office}/{name}/queries"


def result_of(catalogue: Catalogue) -> Any:
    """The shape of one result of a catalogue."""
    shape: Any = Result
    return shape[RECORDS[catalogue]]


def answers_of(catalogue: Catalogue) -> Any:
    """The shape of an answer of a catalogue."""
    shape: Any = Answers
    return shape[RECORDS[catalogue]]
