"""What offices receive at the counter and on paper: parse, one call, answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, status

from app.accounts.calls import HeldVault, Session, SignedIn
from app.actor import Actor
from app.applications import incoming, incoming_entry, incoming_list
from app.applications.incoming_schemas import (
    ArrivalIn,
    CheckedOut,
    ItemOut,
    ItemsPage,
    PrintedReceiptOut,
    SettlementIn,
    TypedIn,
)

router = APIRouter()
Office = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]


@router.post("/rounds/{round_id}/incoming", operation_id="register_incoming", status_code=status.HTTP_201_CREATED)
async def register_incoming(round_id: UUID, body: ArrivalIn, session: Session, actor: SignedIn) -> PrintedReceiptOut:
    """Receive a form at the counter or on paper: from now on it is in time, whenever it is entered. The same number
    again is the same item."""
    item = await incoming.register(session, actor, round_id, body.arrival())
    return await _receipt(session, actor, item)


@router.get("/incoming/{item_id}/receipt", operation_id="print_incoming_receipt")
async def print_incoming_receipt(item_id: UUID, session: Session, actor: SignedIn) -> PrintedReceiptOut:
    """The receipt of an item as it stands, to be printed."""
    return await _receipt(session, actor, item_id)


@router.post("/incoming/{item_id}/service", operation_id="serve_at_counter", status_code=status.HTTP_201_CREATED)
async def serve_at_counter(
    item_id: UUID, body: TypedIn, session: Session, vault: HeldVault, actor: SignedIn
) -> PrintedReceiptOut:
    """Enter and submit a form while its guardian is at the counter; the guardian needs no account, and sees it as its
    own when it signs in later."""
    await incoming_entry.serve(session, vault, actor, item_id, body.typed())
    return await _receipt(session, actor, item_id)


@router.put("/incoming/{item_id}/entry", operation_id="enter_incoming", status_code=status.HTTP_204_NO_CONTENT)
async def enter_incoming(item_id: UUID, body: TypedIn, session: Session, vault: HeldVault, actor: SignedIn) -> None:
    """Enter a form from the paper, the first time or anew; another person then checks it."""
    await incoming_entry.enter(session, vault, actor, item_id, body.typed())


@router.post("/incoming/{item_id}/check", operation_id="check_incoming")
async def check_incoming(
    item_id: UUID, body: TypedIn, session: Session, vault: HeldVault, actor: SignedIn
) -> CheckedOut:
    """Enter a form a second time, as another person: it is submitted where both agree, and otherwise returned with the
    fields in which they differ."""
    found = await incoming_entry.check(session, vault, actor, item_id, body.typed())
    return CheckedOut(differences=found)


@router.post("/incoming/{item_id}/settlement", operation_id="settle_incoming", status_code=status.HTTP_204_NO_CONTENT)
async def settle_incoming(item_id: UUID, body: SettlementIn, session: Session, actor: SignedIn) -> None:
    """Say, as another person than who received it, why an item needs no entering."""
    await incoming.settle(session, actor, item_id, body.reason)


@router.get("/offices/{office}/incoming", operation_id="list_incoming")
async def list_incoming(
    office: Office,
    session: Session,
    actor: SignedIn,
    waiting: bool = True,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> ItemsPage:
    """What an office received, or all offices where it is the bureau: what still waits, with its day, or everything."""
    rows = await incoming_list.list_items(session, actor, office, waiting, after, limit)
    items = [ItemOut.model_validate(row, from_attributes=True) for row in rows]
    return ItemsPage(items=items, next=rows[-1].id if len(rows) == limit else None)


async def _receipt(session: Session, actor: Actor, item: UUID) -> PrintedReceiptOut:
    return PrintedReceiptOut.model_validate(
        await incoming_list.printed_receipt(session, actor, item), from_attributes=True
    )
