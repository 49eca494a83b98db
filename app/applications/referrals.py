"""What a family claims of its standing goes to the office concerned, where the bureau has set one up.

A referral is made in the transaction of the submission, follows its evidence, and holds what that office needs to know
and no more, under a key of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.queries import offices_set_up
from app.actor import Actor
from app.applications.children import KnownChild
from app.applications.evidence import Claimed
from app.applications.form import Form
from app.applications.lifecycle import REFERRAL, UNCHECKED, ReferralEvent, ReferralStatus
from app.applications.models import Referral
from app.applications.numbers import masked_name
from app.applications.offices import VALUES, offices
from app.applications.queries import HeldRound
from app.clock import uuid7
from app.database import table
from app.errors import ServiceError
from app.inserts import Part
from app.journal import service as journal
from app.vault import Place, Vault, seal

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Asked:
    """What one office is asked. `told`: what it needs to know."""

    organisation: str
    days: int
    content: bytes
    told: dict[str, Any]


@dataclass(frozen=True)
class Referred:
    """What is still to be inserted of the referrals of a submission, and entries of the journal."""

    parts: list[Part]
    entries: list[dict[str, Any]]


async def refer(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    held: HeldRound,
    child: KnownChild,
    application: UUID,
    form: Form,
    shown: Claimed,
    is_new: bool,
) -> Referred:
    """Ask the offices concerned about what the family now claims, and take back what it no longer does.

    Raises `application.holder_missing` where an office is to confirm the standing of a person not named.
    """
    asked = await _asked(session, actor.bureau, form, shown.contents)
    live = {} if is_new else await _live(session, actor.bureau, application)
    entries, parts = [], list[Part]()
    for kind, row in live.items():
        if kind not in asked or asked[kind].content != row.content:
            after = REFERRAL.next(ReferralStatus(row.status), ReferralEvent.WITHDRAW)
            await session.execute(
                update(table(Referral))
                .where(col(Referral.bureau) == actor.bureau, col(Referral.id) == row.id)
                .values(status=after.value)
            )
            entries.append(journal.entry(actor, "referral", "withdraw", f"referral:{row.id}", row.status, after))
    for kind, one in asked.items():
        # What a caseworker has checked before the office was set up stays checked.
        if shown.checks[kind] in UNCHECKED and (kind not in live or live[kind].content != one.content):
            id_, made = referral_parts(vault, actor, held, child.guardians, application, kind, one)
            parts += made
            entries.append(journal.entry(actor, "referral", "make", f"referral:{id_}", "absent", one.organisation))
    return Referred(parts, entries)


def referral_parts(
    vault: Vault,
    actor: Actor,
    held: HeldRound,
    guardians: tuple[UUID, ...],
    application: UUID,
    kind: str,
    asked: Asked,
) -> tuple[UUID, list[Part]]:
    """A new referral and its key, both shown to the organisation."""
    id_, today = uuid7(), held.now.astimezone(BEIJING).date()
    key, (keys, [wrapped]) = vault.new_key(actor.bureau, id_, list(guardians))
    row = {
        "bureau": actor.bureau,
        "id": id_,
        "guardians": list(guardians),
        "schools": [asked.organisation],
        "application": application,
        "organisation": asked.organisation,
        "kind": kind,
        "status": REFERRAL.initial.value,
        "due_on": today + timedelta(days=asked.days),
        "content": asked.content,
        "sealed": seal(key, asked.told, Place("referral", "sealed", id_)),
    }
    return id_, [(keys, [{**wrapped, "schools": [asked.organisation]}]), (Referral, [row])]


async def _asked(session: AsyncSession, bureau: str, form: Form, contents: Mapping[str, bytes]) -> dict[str, Asked]:
    """Kind of evidence → what is asked of whom; empty for the many who claim nothing of the sort."""
    table_of, said = offices(), form.declared
    wanted = {
        kind: table_of.claims[kind, value]
        for kind, value in ((kind, getattr(said, kind).kind) for kind in VALUES)
        if kind in contents and (kind, value) in table_of.claims
    }
    standing = await offices_set_up(session, bureau) if wanted else {}
    asked = {}
    for kind, office in wanted.items():
        if office in standing:
            words = table_of.kinds[office]
            if kind != "document" and form.policy_holder is None:
                raise ServiceError("application.holder_missing", "policy_holder", office=f"{words.zh} {words.en}")
            asked[kind] = Asked(standing[office], words.days, contents[kind], _told(form, kind))
    return asked


def _told(form: Form, kind: str) -> dict[str, Any]:
    """What the office needs: whose standing, what is claimed, by which certificate. Nothing of home, points, wishes."""
    said = form.declared
    proof = {"policy": said.policy.proof, "document": said.document.proof}.get(kind)
    whole = form.to_json()
    own = {name: whole["child"][name] for name in ("name", "number_kind", "number")}
    return {
        "child": masked_name(whole["child"]["name"]),
        "value": getattr(said, kind).kind,
        "holder": own if kind == "document" else whole["policy_holder"],
        "relation": form.relation,
        "community": form.right_place_community if kind == "right_place" else None,
        "obtained_on": None if proof is None or proof.obtained_on is None else proof.obtained_on.isoformat(),
        "valid_until": None if proof is None or proof.valid_until is None else proof.valid_until.isoformat(),
    }


async def _live(session: AsyncSession, bureau: str, application: UUID) -> dict[str, Any]:
    """Kind → the referral that stands, held."""
    rows = await session.execute(
        select(col(Referral.id), col(Referral.kind), col(Referral.status), col(Referral.content))
        .where(
            col(Referral.bureau) == bureau,
            col(Referral.application) == application,
            col(Referral.kind).in_(VALUES),
            col(Referral.status) != ReferralStatus.WITHDRAWN,
        )
        .order_by(col(Referral.id))
        .with_for_update()
    )
    return {row.kind: row for row in rows}
