"""Entering what an office received: with its guardian at the counter, or by one person and checked by another.

The form is then submitted by the very steps of the portal, on behalf of its guardian and as of the time at which it was
received; until then nobody decides on it.
"""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.accounts.on_behalf import acting_for
from app.actor import Actor
from app.applications import queries, submit
from app.applications.form import Form, Holder
from app.applications.incoming import held_item, move
from app.applications.leaver import answered
from app.applications.lifecycle import INCOMING, IncomingEvent, IncomingStatus
from app.applications.models import IncomingItem
from app.applications.origin import Handed, Origin
from app.applications.places import known_places
from app.applications.queries import HeldRound
from app.applications.sibling import elder_named
from app.database import database_now, set_context
from app.errors import ServiceError
from app.inserts import insert_together
from app.journal import service as journal
from app.schools.queries import CHINA
from app.vault import Place, Vault, seal, unseal


@dataclass(frozen=True)
class Typed:
    """What stands on a form: who hands it in, and the application itself."""

    guardian: Holder
    form: Form

    def to_json(self) -> dict[str, Any]:
        return {"guardian": self.guardian.to_json(), "form": self.form.to_json()}


async def serve(session: AsyncSession, vault: Vault, actor: Actor, item_id: UUID, typed: Typed) -> None:
    """Enter and submit a form while its guardian is at the counter and sees what is entered: on the day on which it was
    handed in. Raises `intake.not_present`, `intake.*`, `application.*`, `access.*`."""
    item, actor = await held_item(session, actor, item_id, "intake.enter")
    today = (await database_now(session)).astimezone(CHINA).date()
    if item.origin != Origin.COUNTER or item.received_at.astimezone(CHINA).date() != today:
        raise ServiceError("intake.not_present", "item")
    INCOMING.next(IncomingStatus(item.status), IncomingEvent.SERVE)
    submitted = await hand_in(session, vault, actor, item, typed)
    await move(session, actor, item, IncomingEvent.SERVE, entered_by=actor.person, differences=[], **submitted)


async def enter(session: AsyncSession, vault: Vault, actor: Actor, item_id: UUID, typed: Typed) -> None:
    """Enter an item, the first time or anew; it waits for another person. Raises what a submission of it would
    raise of its places and answers, `application.not_checkable` after the freeze, `access.*`."""
    item, actor = await held_item(session, actor, item_id, "intake.enter")
    INCOMING.next(IncomingStatus(item.status), IncomingEvent.ENTER)
    held = await _in_time(session, actor, item)
    answered(held, typed.form)
    await known_places(session, actor.bureau, held, typed.form)
    elder_named(typed.form)
    key = await _key(session, vault, item)
    sealed = seal(key, typed.to_json(), _place(item.id))
    await move(session, actor, item, IncomingEvent.ENTER, entered_by=actor.person, differences=[], sealed=sealed)


async def check(session: AsyncSession, vault: Vault, actor: Actor, item_id: UUID, typed: Typed) -> list[str]:
    """Enter an item a second time, from the paper: where both agree it is submitted. Otherwise answers the fields in
    which they differ, and it is to be entered anew. Raises `intake.same_person`, `intake.*`, `application.*`,
    `access.*`."""
    item, actor = await held_item(session, actor, item_id, "intake.check")
    INCOMING.next(IncomingStatus(item.status), IncomingEvent.AGREE)
    if item.entered_by == actor.person:
        raise ServiceError("intake.same_person", "item")
    assert item.sealed is not None
    first = unseal(await vault.key_of(session, actor.bureau, item.id), item.sealed, _place(item.id))
    found = differences(first, typed.to_json())
    if found:
        await move(session, actor, item, IncomingEvent.DIFFER, differences=found)
        return found
    submitted = await hand_in(session, vault, actor, item, typed)
    await move(session, actor, item, IncomingEvent.AGREE, checked_by=actor.person, **submitted)
    return []


async def hand_in(
    session: AsyncSession, vault: Vault, actor: Actor, item: IncomingItem, typed: Typed
) -> dict[str, Any]:
    """Submit an item on behalf of its guardian, as of its receipt; answers what the item is to say of it.

    Nobody acts by office on a child of their own, though another guardian hands the form in.
    """
    held = await _in_time(session, actor, item)
    holder, way = typed.guardian, Handed(Origin(item.origin), item.number)
    name, number = holder.name.get_secret_value(), holder.number.get_secret_value()
    family = await acting_for(session, vault, actor, name, number, item.origin)
    await submit.one_at_a_time(session, family)
    keyed = submit.Keyed(f"incoming-{item.id}", journal.body_digest([str(held.id), typed.form.to_json()]))
    receipt = await submit.accept(session, vault, family, held, typed.form, keyed, way)
    application = UUID(receipt["application"])
    guardians = (await queries.application_by_id(session, actor.bureau, application)).guardians
    await set_context(session, actor)
    authorize(actor, "intake.enter", Target(actor.bureau, tuple(guardians), towns=tuple(item.schools)))
    return {
        "guardians": guardians,
        "application": application,
        "version": receipt["version"],
        "form_digest": receipt["form_digest"],
        "sealed": None,
    }


def differences(first: Any, second: Any, where: str = "") -> list[str]:
    """The fields in which two readings differ, by path, never what stands in them."""
    if isinstance(first, dict) and isinstance(second, dict):
        names = sorted({*first, *second})
        return [path for name in names for path in differences(first.get(name), second.get(name), f"{where}.{name}")]
    if isinstance(first, list) and isinstance(second, list):
        count = max(len(first), len(second))
        padded = [[*one, *[None] * (count - len(one))] for one in (first, second)]
        return [
            path
            for index, (one, other) in enumerate(zip(*padded, strict=True))
            for path in differences(one, other, f"{where}.{index}")
        ]
    return [] if first == second else [where.removeprefix(".")]


async def _in_time(session: AsyncSession, actor: Actor, item: IncomingItem) -> HeldRound:
    """The round as of the item's receipt, until the freeze; raises `application.not_checkable` afterwards,
    `application.deadline_passed` for what the platform received too late."""
    held = await queries.checkable_round(session, actor.bureau, item.round)
    if not held.opens_at <= item.received_at <= held.closes_at:
        raise ServiceError("application.deadline_passed", "round", deadline=held.closes_at.isoformat())
    return replace(held, now=item.received_at)


async def _key(session: AsyncSession, vault: Vault, item: IncomingItem) -> bytes:
    """The item's own key, made when it is first entered and shown to its office."""
    if item.sealed is not None:
        return await vault.key_of(session, item.bureau, item.id)
    key, (keys, [wrapped]) = vault.new_key(item.bureau, item.id, [])
    await insert_together(session, [(keys, [{**wrapped, "schools": list(item.schools)}])])
    return key


def _place(item: UUID) -> Place:
    return Place("incoming_item", "sealed", item)
