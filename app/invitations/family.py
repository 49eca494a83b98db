"""A family's part: whoever shows that they are the guardian whom a register names finds the form filled in, and
confirms it by an ordinary submission.

A guardian shows it by the number with which they signed in, or, where the register has none, by the code of the letter
and the name it names. Anybody else gets the same answer whether there is such an invitation or not.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, any_, literal, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.queries import own_identity
from app.actor import Actor
from app.applications.bureaus_name import in_the_bureaus_name
from app.applications.form import Form
from app.applications.submit import submit
from app.database import table
from app.errors import ServiceError
from app.invitations.draw_up import code_digest
from app.invitations.facts import guardians_of, prefilled
from app.invitations.listing import Shown, opened
from app.invitations.models import Finding, Invitation
from app.journal import service as journal
from app.vault import Vault

GIVES = text("SELECT set_config('app.invitation', :code, true)")


@dataclass(frozen=True)
class Mine:
    """An invitation as its family sees it, with the form to be confirmed. `missing`: (path of the fact, zh, en)."""

    id: UUID
    round: UUID
    year: int
    finding: Finding
    schools: tuple[str, ...]
    missing: tuple[tuple[str, str, str], ...]
    form: dict[str, Any] = field(repr=False)


async def own_invitations(session: AsyncSession, vault: Vault, actor: Actor, code: str | None) -> list[Mine]:
    """The caller's own invitations, newest first, with that of the code where one is given. Raises
    `invitation.not_yours` for a code that is not a letter to the caller, `access.*`."""
    actor = authorize(actor, "invitation.open", Target(actor.bureau))
    name, lookup = await own_identity(session, vault, actor)
    given = None if code is None else code_digest(code)
    if given is not None:
        await session.execute(GIVES, {"code": given.hex()})
    is_own: list[ColumnElement[bool]] = [literal(actor.person) == any_(col(Invitation.guardians))]
    is_own += [] if lookup is None else [col(Invitation.guardian_lookup) == lookup]
    is_own += [] if given is None else [col(Invitation.code) == given]
    found = select(Invitation).where(col(Invitation.bureau) == actor.bureau, or_(*is_own))
    rows = list(await session.scalars(found.order_by(col(Invitation.id).desc())))
    async with in_the_bureaus_name(session, actor):
        shown = [one for one in await opened(session, vault, rows) if _is_guardian(one, actor, name, lookup)]
        if given is not None and all(one.row.code != given for one in shown):
            raise ServiceError("invitation.not_yours", "code")
        await _bind(session, actor, shown)
    return [_mine(one) for one in shown]


async def confirm_invitation(
    session: AsyncSession, vault: Vault, actor: Actor, invitation_id: UUID, form: Form, key: str
) -> dict[str, Any]:
    """Submit the form, as it was filled in or as the family has changed it; answers the receipt, which is that of an
    ordinary submission. Raises `access.*`, and what `submit` raises."""
    of_guardian = literal(actor.person) == any_(col(Invitation.guardians))
    of_this = (col(Invitation.bureau) == actor.bureau, col(Invitation.id) == invitation_id)
    row = await session.scalar(select(Invitation).where(*of_this, of_guardian))
    if row is None:
        raise ServiceError("access.not_found", "invitation", action="invitation.answer")
    actor = authorize(actor, "invitation.answer", Target(actor.bureau, tuple(row.guardians)))
    receipt = await submit(session, vault, actor, row.round, form, key)
    application = UUID(receipt["application"])
    async with in_the_bureaus_name(session, actor):
        of_application = text("SELECT child FROM application WHERE bureau = :bureau AND id = :id")
        child = await session.scalar(of_application, {"bureau": actor.bureau, "id": application})
        await session.execute(update(table(Invitation)).where(*of_this).values(child=child))
    if row.child != child:
        after = f"application:{application}"
        await journal.record(session, actor, "invitation", "answer", f"invitation:{row.id}", row.status, after)
    return receipt


def _is_guardian(one: Shown, actor: Actor, name: str, lookup: bytes | None) -> bool:
    """A register that knows the guardian's number is asked for that; a name alone proves nothing beside it."""
    if actor.person in one.row.guardians:
        return True
    if one.row.guardian_lookup is not None:
        return lookup == one.row.guardian_lookup
    return name in {named["name"] for named in guardians_of(one.said)}


async def _bind(session: AsyncSession, actor: Actor, shown: list[Shown]) -> None:
    """From now on these are shown to the guardian."""
    entries = []
    for one in shown:
        if actor.person not in one.row.guardians:
            of_this = update(table(Invitation)).where(
                col(Invitation.bureau) == actor.bureau, col(Invitation.id) == one.row.id
            )
            await session.execute(of_this.values(guardians=[*one.row.guardians, actor.person]))
            entries.append(
                journal.entry(actor, "invitation", "open", f"invitation:{one.row.id}", "-", f"person:{actor.person}")
            )
    await journal.record_all(session, entries)


def _mine(one: Shown) -> Mine:
    return Mine(
        id=one.row.id,
        round=one.row.round,
        year=one.row.year,
        finding=Finding(one.row.finding),
        schools=tuple(one.told["schools"]),
        missing=tuple((code, zh, en) for code, zh, en in one.told["missing"]),
        form=prefilled(one.said, one.row.community).form.to_json(),
    )
