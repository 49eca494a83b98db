"""One child across rounds: found by its keyed number among the actor's own, or made.

A number that somebody else has already applied with is not revealed: the second claim is kept as a child of its
own whose guardianship a person must settle (T-08), so that nothing is lost and nothing is learnt.
"""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.form import Form
from app.applications.models import Child, Guardianship, NumberKind
from app.clock import uuid7
from app.database import table
from app.vault import Place, Vault, seal, unseal

KINDS = {"mainland": NumberKind.CITIZEN, "foreign": NumberKind.FOREIGN, "none": NumberKind.NONE}


@dataclass(frozen=True)
class KnownChild:
    """A child with its opened key; `disputed` where another person has applied with the same number."""

    id: UUID
    key: bytes
    guardians: tuple[UUID, ...]
    disputed: bool = False

    def __repr__(self) -> str:
        return f"KnownChild({self.id})"


async def find_or_make(
    session: AsyncSession, vault: Vault, actor: Actor, form: Form, reference: bytes | None
) -> KnownChild:
    """The actor's child of this form. Its particulars are written anew from the form each time."""
    number = form.child.normalised_number()
    kind = KINDS.get(form.child.number_kind, NumberKind.HMT)
    lookup = None if number is None else vault.lookup(f"child:{kind.value}", number)
    own = await _own_children(session, vault, actor)
    child = next((held for held in own if _is_same(held, lookup, number, form)), None)
    if child is None:
        known = await _make(session, vault, actor, form, kind, lookup, reference)
    else:
        known = KnownChild(
            child["id"], child["key"], tuple(child["guardians"]), child["number_kind"] == NumberKind.CLAIMED
        )
        await _update(session, actor, known, form)
    if form.twin:
        await _join_twins(session, actor, known, form, own)
    return known


async def _own_children(session: AsyncSession, vault: Vault, actor: Actor) -> list[dict[str, Any]]:
    """The children of this guardian, opened."""
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
            .where(col(Child.bureau) == actor.bureau, col(Child.guardians).contains([actor.person]))
            .order_by(col(Child.id))
        )
    ).all()
    if not rows:
        return []
    keys = await vault.keys_of(session, actor.bureau, [row.id for row in rows])
    return [
        {**row._mapping, "key": keys[row.id], "child": unseal(keys[row.id], row.sealed, _place(row.id))} for row in rows
    ]


def _is_same(held: dict[str, Any], lookup: bytes | None, number: str | None, form: Form) -> bool:
    if lookup is not None:
        return bool(held["lookup"] == lookup or held["child"]["number"] == number)
    same_name = held["child"]["name"] == form.child.name.get_secret_value()
    same_day = held["child"]["born_on"] == form.child.born_on.isoformat()
    return held["lookup"] is None and bool(same_name and same_day)


async def _make(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    form: Form,
    kind: NumberKind,
    lookup: bytes | None,
    reference: bytes | None,
) -> KnownChild:
    child, guardians = uuid7(), [actor.person]
    key = await vault.new_key(session, actor.bureau, child, guardians)
    row = {
        "bureau": actor.bureau,
        "id": child,
        "guardians": guardians,
        "schools": [],
        "number_kind": kind.value,
        "lookup": lookup,
        "reference": reference or secrets.token_bytes(32),
        "sealed": seal(key, form.to_json()["child"], _place(child)),
    }
    made = await session.execute(upsert(table(Child)).values(row).on_conflict_do_nothing().returning(col(Child.id)))
    disputed = made.one_or_none() is None
    if disputed:
        row |= {"number_kind": NumberKind.CLAIMED.value, "lookup": None, "reference": secrets.token_bytes(32)}
        await session.execute(insert(table(Child)), [row])
    bond = {"bureau": actor.bureau, "id": uuid7(), "guardians": guardians, "schools": [], "child": child}
    await session.execute(insert(table(Guardianship)), [{**bond, "person": actor.person, "relation": form.relation}])
    return KnownChild(child, key, tuple(guardians), disputed)


async def _update(session: AsyncSession, actor: Actor, child: KnownChild, form: Form) -> None:
    await session.execute(
        update(table(Child))
        .where(col(Child.bureau) == actor.bureau, col(Child.id) == child.id)
        .values(sealed=seal(child.key, form.to_json()["child"], _place(child.id)))
    )


async def _join_twins(
    session: AsyncSession, actor: Actor, child: KnownChild, form: Form, own: list[dict[str, Any]]
) -> None:
    """Children of one guardian declared as twins, born on the same day, draw one lottery number for good."""
    born_on = form.child.born_on.isoformat()
    twins = [held for held in own if held["id"] != child.id and held["child"]["born_on"] == born_on]
    if not twins:
        return
    shared = next((held["twin_reference"] for held in twins if held["twin_reference"]), None)
    shared = shared or min(held["reference"] for held in twins)
    await session.execute(
        update(table(Child))
        .where(
            col(Child.bureau) == actor.bureau,
            col(Child.id).in_([child.id, *(held["id"] for held in twins)]),
            col(Child.twin_reference).is_(None),
        )
        .values(twin_reference=shared)
    )


def _place(child: UUID) -> Place:
    return Place("child", "sealed", child)
