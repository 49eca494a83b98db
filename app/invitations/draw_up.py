"""Drawing up the named list: every child of the registers who comes of age for a round's entry is invited, with what is
found of it in advance. Drawn up again after another import, the list gains children and is told what is new."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications.assessment import ruleset_of
from app.applications.queries import HeldRound, hold_round, ruleset_in_force
from app.clock import uuid7
from app.database import table
from app.eligibility.ruleset import Ruleset
from app.errors import ServiceError
from app.inserts import insert_together
from app.invitations.advance import Advance, comes_of_age, decide_in_advance
from app.invitations.facts import Said, child_of, guardians_of
from app.invitations.lifecycle import INVITATION
from app.invitations.models import ExpectedChild, Invitation
from app.invitations.notices import tell_invited
from app.invitations.standing import unanswered_of_year
from app.journal import service as journal
from app.schools import queries as schools
from app.schools.vocabulary import Stage
from app.vault import Place, Vault, seal, unseal

MAIN = "main"
CODE_BYTES = 20


@dataclass(frozen=True)
class DrawnUp:
    """How many children are invited anew, how many invitations say something else now, and how many stand as before."""

    invited: int
    changed: int
    unchanged: int


async def draw_up(session: AsyncSession, vault: Vault, actor: Actor, round_id: Any) -> DrawnUp:
    """Invite whoever comes of age, and whoever was put off or has stayed without an answer a year before. Raises
    `invitation.not_for_this_round`, `ruleset.not_active`, `access.*`."""
    actor = authorize(actor, "invitation.draw_up", Target(actor.bureau))
    held = await hold_round(session, actor.bureau, round_id)
    if held.stage != Stage.PRIMARY or held.kind != MAIN:
        raise ServiceError("invitation.not_for_this_round", "round")
    ruleset = ruleset_of((await ruleset_in_force(session, actor.bureau, held.ruleset)).text)
    returning = await unanswered_of_year(session, actor.bureau, held.year - 1)
    catchments = await schools.catchment_schools(session, actor.bureau, held.stage, held.as_of)
    rows = list(
        await session.scalars(
            select(ExpectedChild)
            .where(col(ExpectedChild.bureau) == actor.bureau, col(ExpectedChild.same_as).is_(None))
            .order_by(col(ExpectedChild.id))
        )
    )
    keys = await vault.keys_of(session, actor.bureau, [row.id for row in rows])
    of_year = (col(Invitation.bureau) == actor.bureau, col(Invitation.year) == held.year)
    stand = {row.expected: row for row in await session.scalars(select(Invitation).where(*of_year).with_for_update())}
    made, entries, unchanged = [], [], 0
    for row in rows:
        said = unseal(keys[row.id], row.sealed, Place("expected_child", "sealed", row.id))
        if row.id not in stand and not (row.id in returning or _of_age(said, ruleset)):
            continue
        found = decide_in_advance(said, row.community, ruleset, held.as_of, catchments)
        values = _found(vault, row, said, found)
        if row.id not in stand:
            made.append((_invitation(held, row, keys[row.id], found) | values, said))
        elif all(getattr(stand[row.id], name) == value for name, value in values.items()):
            unchanged += 1
        else:
            entries.append(await _renew(session, actor, stand[row.id], keys[row.id], found, values))
    entries += [
        journal.entry(actor, "invitation", "invite", f"invitation:{row['id']}", journal.ABSENT, row["digest"])
        for row, _ in made
    ]
    await insert_together(session, [(Invitation, [row for row, _ in made])])
    await journal.record_all(session, entries)
    await tell_invited(session, vault, actor, held, made)
    return DrawnUp(len(made), len(entries) - len(made), unchanged)


def _of_age(said: Said, ruleset: Ruleset) -> bool:
    return comes_of_age(date.fromisoformat(child_of(said)["born_on"]), ruleset)


def _invitation(held: HeldRound, row: ExpectedChild, key: bytes, found: Advance) -> dict[str, Any]:
    id_, code = uuid7(), new_code()
    return {
        "bureau": row.bureau,
        "id": id_,
        "guardians": [],
        "schools": [row.town],
        "year": held.year,
        "round": held.id,
        "expected": row.id,
        "community": row.community,
        "code": code_digest(code),
        "status": INVITATION.initial.value,
        "sealed": seal(key, {**found.to_json(), "code": code}, Place("invitation", "sealed", id_)),
    }


def _found(vault: Vault, row: ExpectedChild, said: Said, found: Advance) -> dict[str, Any]:
    number = next((one["number"] for one in guardians_of(said) if one["number"]), None)
    guardian = None if number is None else vault.lookup("person", number)
    return {
        "lookup": row.lookup,
        "guardian_lookup": guardian,
        "finding": found.finding.value,
        "digest": found.digest,
    }


async def _renew(
    session: AsyncSession,
    actor: Actor,
    invitation: Invitation,
    key: bytes,
    found: Advance,
    values: dict[str, Any],
) -> dict[str, Any]:
    place = Place("invitation", "sealed", invitation.id)
    code = unseal(key, invitation.sealed, place)["code"]
    values = values | {"sealed": seal(key, {**found.to_json(), "code": code}, place)}
    of_this = update(table(Invitation)).where(
        col(Invitation.bureau) == actor.bureau, col(Invitation.id) == invitation.id
    )
    await session.execute(of_this.values(values))
    object_ = f"invitation:{invitation.id}"
    return journal.entry(actor, "invitation", "decide_anew", object_, invitation.digest, found.digest)


def new_code() -> str:
    """Random, 160 bits, as 32 letters and digits of RFC 4648 in groups of four."""
    text = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def code_digest(written: str) -> bytes:
    """SHA-256 of a code however it is spelt: by chance nobody hits one of 160 bits."""
    plain = "".join(letter for letter in written.upper() if letter.isascii() and letter.isalnum())
    return hashlib.sha256(plain.encode()).digest()
