"""API shapes of what offices receive."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.applications.form import EXAMPLE, Form, Holder
from app.applications.incoming import Arrival
from app.applications.incoming_entry import Typed
from app.applications.lifecycle import IncomingStatus
from app.applications.origin import Brought, Origin, SettledFor

ItemNumber = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,64}$")]
GUARDIAN: dict[str, Any] = {"name": "虚构家长", "number_kind": "mainland", "number": "99042419900101001X"}


class ArrivalIn(BaseModel):
    """A form as it is received: the office's own number stands stamped on it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"office": "330424", "origin": "paper", "number": "2026-0117", "pages": 4}]},
    )
    office: str = Field(max_length=64)
    origin: Brought
    number: ItemNumber
    pages: int = Field(ge=1, le=500)

    def arrival(self) -> Arrival:
        return Arrival(self.office, self.origin, self.number, self.pages)


class TypedIn(BaseModel):
    """What stands on a form: the guardian who hands it in, and the application as the portal asks for it."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"guardian": GUARDIAN, "form": EXAMPLE}]},
    )
    guardian: Holder = Field(repr=False)
    form: Form = Field(repr=False)

    def typed(self) -> Typed:
        return Typed(self.guardian, self.form)


class SettlementIn(BaseModel):
    """Why an item needs no entering."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "duplicate"}]})
    reason: SettledFor


class CheckedOut(BaseModel):
    """The fields in which two persons read the form differently; empty where it is now submitted."""

    differences: list[str]


class ItemOut(BaseModel):
    """A line of what an office received, without names. `overdue`: still waiting after its day."""

    id: UUID
    round: UUID
    office: str
    origin: Origin
    number: str
    pages: int | None
    received_at: datetime
    due_on: date
    status: IncomingStatus
    overdue: bool
    differences: list[str]
    application: UUID | None


class ItemsPage(BaseModel):
    """The first received first; `next` is the `after` of the next page."""

    items: list[ItemOut]
    next: UUID | None


class PrintedReceiptOut(BaseModel):
    """A receipt to be printed; it names nobody. `zh`, `en`: its lines."""

    item: UUID
    round: UUID
    origin: Origin
    number: str
    pages: int | None
    received_at: datetime
    status: IncomingStatus
    application: UUID | None
    version: int | None
    form_digest: str | None
    zh: list[str]
    en: list[str]
