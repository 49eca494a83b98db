"""Messages: a person's inbox and number; the bureau's call list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.accounts.calls import HeldDatabase, HeldVault, Session, SignedIn
from app.journal import service as journal
from app.messages import phone, reading, service
from app.messages.schemas import (
    CallIn,
    CallOut,
    ContactOut,
    MessagePage,
    PhoneIn,
    PhoneOut,
    ReadOut,
    StandingOut,
    StandingPage,
)

router = APIRouter(tags=["messages"])
Limit = Annotated[int, Query(ge=1, le=200)]
Word = Annotated[str, Query(pattern=r"^[a-z_]{1,40}$")]
Object = Annotated[str, Query(pattern=r"^[a-z_]{1,40}:[A-Za-z0-9._-]{1,80}$")]


@router.put("/me/phone", operation_id="put_phone")
async def put_phone(body: PhoneIn, session: Session, vault: HeldVault, actor: SignedIn) -> PhoneOut:
    """Give, or change, the number that the caller's messages go to; the answer masks it."""
    kept = await phone.put_phone(session, vault, actor, body.phone.get_secret_value())
    return PhoneOut(phone=kept.masked, changed_at=kept.changed_at)


@router.get("/me/phone", operation_id="read_phone")
async def read_phone(session: Session, vault: HeldVault, actor: SignedIn) -> PhoneOut:
    """The number that the caller's messages go to, masked."""
    kept = await phone.own_phone(session, vault, actor)
    return PhoneOut(phone=kept.masked, changed_at=kept.changed_at)


@router.get("/messages", operation_id="list_own_messages")
async def list_own_messages(
    session: Session, vault: HeldVault, actor: SignedIn, before: UUID | None = None, limit: Limit = 50
) -> MessagePage:
    """The caller's inbox, newest first."""
    return await reading.own_messages(session, vault, actor, before, limit)


@router.post("/messages/{message_id}/read", operation_id="mark_message_read")
async def mark_message_read(message_id: UUID, session: Session, actor: SignedIn) -> ReadOut:
    """The caller has read the message: proof of notice, at the database's time of the first such call."""
    return ReadOut(read_at=await service.mark_read(session, actor, message_id))


@router.get("/notices", operation_id="list_notices")
async def list_notices(
    object_: Annotated[Object, Query(alias="object")], session: Session, actor: SignedIn
) -> list[StandingOut]:
    """How far the messages about an object are, without their words."""
    return [StandingOut.of(found) for found in await service.standings_about(session, actor, object_)]


@router.get("/call-list", operation_id="list_unreached")
async def list_unreached(
    session: Session,
    actor: SignedIn,
    kind: Word | None = None,
    about: Word | None = None,
    hours: Annotated[int, Query(ge=0, le=2400)] = 48,
    after: UUID | None = None,
    limit: Limit = 100,
) -> StandingPage:
    """Persons whom a message of so many hours ago has not provably reached; `about` is the type of its object."""
    found = await service.not_reached(session, actor, kind, about, hours, after, limit)
    return StandingPage(
        messages=[StandingOut.of(standing) for standing in found],
        next=found[-1].message.id if len(found) == limit else None,
    )


@router.get("/messages/{message_id}/contact", operation_id="read_contact")
async def read_contact(
    message_id: UUID, session: Session, database: HeldDatabase, vault: HeldVault, actor: SignedIn
) -> ContactOut:
    """The whole number of a message's person, for an officer who calls; the reading is journalled."""
    number, reader = await service.contact(session, vault, actor, message_id)
    await journal.record_apart(database, reader, "phone", "unmask", f"message:{message_id}", "read")
    return ContactOut(phone=number)


@router.post("/messages/{message_id}/calls", operation_id="record_call", status_code=status.HTTP_201_CREATED)
async def record_call(message_id: UUID, body: CallIn, session: Session, actor: SignedIn) -> CallOut:
    """The person was reached by telephone or a visit: proof of notice."""
    return CallOut(reached_at=await service.record_call(session, actor, message_id, body.way))
