"""One child across rounds: found among the actor's own by its number, or by name and birth date, or made.

A number that somebody else has already applied with is not revealed: the second claim is kept as a child of its
own until a person settles whose it is (T-08), so that nothing is lost and nothing is learnt.
"""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.form import Form
from app.applications.models import Child, Guardianship, NumberKind
from app.applications.queries import children_of_guardian
from app.clock import uuid7
from app.database import table
from app.inserts import Part
from app.vault import Place, Vault, seal, unseal

KINDS = {"mainland": NumberKind.CITIZEN, "foreign": NumberKind.FOREIGN, "none": NumberKind.NONE}
KNOWN_ONCE = "child_known_once"
ONE_NIGHT = timedelta(days=1)  # between twins born before and after midnight


@dataclass(frozen=True)
class KnownChild:
    """A child with its opened key; `disputed` where another person has applied with the same number. One that
    `is_new` has no application yet."""

    id: UUID
    key: bytes
    guardians: tuple[UUID, ...]
    disputed: bool = False
    is_new: bool = False

    def __repr__(self) -> str:
        return f"KnownChild({self.id})"


def number_of(vault: Vault, child: dict[str, Any]) -> tuple[NumberKind, bytes | None]:
    """The kind of a child's number and the digest by which it is found again, from its particulars."""
    kind = KINDS.get(child["number_kind"], NumberKind.HMT)
    return kind, None if child["number"] is None else vault.lookup(f"child:{kind.value}", child["number"])


async def find_or_make(
    session: AsyncSession, vault: Vault, actor: Actor, form: Form, reference: bytes | None
) -> tuple[KnownChild, list[Part]]:
    """The actor's child of this form, and what is still to be inserted of one just made.

    Its particulars are written anew from the form each time.
    """
    told = form.to_json()["child"]
    kind, lookup = number_of(vault, told)
    own = await _own_children(session, vault, actor)
    held = _same_child(own, lookup, told)
    if held is None:
        known, parts = await _make(session, vault, actor, form.relation, told, kind, lookup, reference)
    else:
        known, parts = await _update(session, actor, held, told, kind, lookup), []
    if form.twin:
        await _join_twins(session, actor, known, form.child.born_on, own)
    return known, parts


async def _own_children(session: AsyncSession, vault: Vault, actor: Actor) -> list[dict[str, Any]]:
    """The children of this guardian, opened."""
    children = await children_of_guardian(session, actor.bureau, actor.person)
    if not children:
        return []
    rows = (
        await session.execute(
            select(
                col(Child.id),
                col(Child.lookup),
                col(Child.number_kind),
                col(Child.guardians),
                col(Child.reference),
                col(Child.twin_reference),
                col(Child.sealed),
            )
            .where(col(Child.bureau) == actor.bureau, col(Child.id).in_(children))
            .order_by(col(Child.id))
        )
    ).all()
    if not rows:
        return []
    keys = await vault.keys_of(session, actor.bureau, [row.id for row in rows])
    return [
        {**row._mapping, "key": keys[row.id], "child": unseal(keys[row.id], row.sealed, _place(row.id))} for row in rows
    ]


def _same_child(own: list[dict[str, Any]], lookup: bytes | None, told: dict[str, Any]) -> dict[str, Any] | None:
    """By the number first; else by name and birth date, because a number is given later or corrected, and whoever
    then stood twice would have two tickets in the draw."""
    for held in own:
        if lookup is not None and (held["lookup"] == lookup or held["child"]["number"] == told["number"]):
            return held
    for held in own:
        if all(held["child"][name] == told[name] for name in ("name", "born_on")):
            return held
    return None


async def _make(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    relation: str,
    told: dict[str, Any],
    kind: NumberKind,
    lookup: bytes | None,
    reference: bytes | None,
) -> tuple[KnownChild, list[Part]]:
    child, guardians = uuid7(), [actor.person]
    key, wrapped = vault.new_key(actor.bureau, child, guardians)
    row = {
        "bureau": actor.bureau,
        "id": child,
        "guardians": guardians,
        "schools": [],
        "number_kind": kind.value,
        "lookup": lookup,
        "reference": reference or secrets.token_bytes(32),
        "sealed": seal(key, told, _place(child)),
    }
    unless_known = upsert(table(Child)).values(row).on_conflict_do_nothing(constraint=KNOWN_ONCE)
    made = await session.execute(unless_known.returning(col(Child.id)))
    disputed = made.one_or_none() is None
    if disputed:
        row |= {"number_kind": NumberKind.CLAIMED.value, "lookup": None}
        await session.execute(insert(table(Child)), [row])
    bond = {"bureau": actor.bureau, "id": uuid7(), "guardians": guardians, "schools": [], "child": child}
    bonds = [{**bond, "person": actor.person, "relation": relation}]
    return KnownChild(child, key, tuple(guardians), disputed, True), [wrapped, (Guardianship, bonds)]


async def _update(
    session: AsyncSession,
    actor: Actor,
    held: dict[str, Any],
    told: dict[str, Any],
    kind: NumberKind,
    lookup: bytes | None,
) -> KnownChild:
    sealed = {"sealed": seal(held["key"], told, _place(held["id"]))}
    of_this = update(table(Child)).where(col(Child.bureau) == actor.bureau, col(Child.id) == held["id"])
    known = KnownChild(held["id"], held["key"], tuple(held["guardians"]), held["number_kind"] == NumberKind.CLAIMED)
    if lookup is None or lookup == held["lookup"]:
        await session.execute(of_this.values(sealed))
        return known
    try:
        async with session.begin_nested():
            await session.execute(of_this.values(sealed | {"number_kind": kind.value, "lookup": lookup}))
    except IntegrityError as error:
        if KNOWN_ONCE not in str(error.orig):
            raise
        await session.execute(of_this.values(sealed | {"number_kind": NumberKind.CLAIMED.value, "lookup": None}))
        return KnownChild(known.id, known.key, known.guardians, disputed=True)
    return KnownChild(known.id, known.key, known.guardians)


async def _join_twins(
    session: AsyncSession, actor: Actor, child: KnownChild, born_on: date, own: list[dict[str, Any]]
) -> None:
    """Children of one guardian declared as twins draw one lottery number: that of the smallest reference among them,
    whichever of them applied first (the time of arrival has no effect on anything)."""
    twins = [
        held
        for held in own
        if held["id"] == child.id or abs(date.fromisoformat(held["child"]["born_on"]) - born_on) <= ONE_NIGHT
    ]
    members = {child.id, *(held["id"] for held in twins)}
    if len(members) == 1:
        return
    together = (col(Child.bureau) == actor.bureau) & col(Child.id).in_(sorted(members))
    smallest = select(col(Child.reference)).where(together).order_by(col(Child.reference)).limit(1)
    await session.execute(update(table(Child)).where(together).values(twin_reference=smallest.scalar_subquery()))


def _place(child: UUID) -> Place:
    return Place("child", "sealed", child)
