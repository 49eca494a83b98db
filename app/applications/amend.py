"""A corrected form takes the place of the one that was submitted: what changed is checked anew, the rest stands.

The time of submission stays, and so do child, wishes and whatever else is no declared fact.
"""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications import evidence, referrals
from app.applications.decide import cases_of, decide_and_store
from app.applications.form import Form, read_form
from app.applications.models import Application
from app.applications.queries import HeldRound, held_applications
from app.database import table
from app.errors import ServiceError
from app.inserts import insert_together
from app.journal import service as journal
from app.vault import Place, Vault, seal, unseal

FACTS = ("facts", "relation", "residence_community", "registration_community")


async def form_of(session: AsyncSession, vault: Vault, row: Application) -> Form:
    """The form as it stands."""
    key = await vault.key_of(session, row.bureau, row.child)
    return read_form(unseal(key, row.sealed, Place("application", "sealed", row.id)))


def refuse_other_changes(standing: Form, wanted: Form) -> None:
    """Raise `correction.not_a_fact` naming the field, and `correction.nothing_changed`."""
    before, after = standing.to_json(), wanted.to_json()
    for name in sorted(before.keys() | after.keys()):
        if name not in FACTS and before.get(name) != after.get(name):
            raise ServiceError("correction.not_a_fact", f"form.{name}")
    if before == after:
        raise ServiceError("correction.nothing_changed", "form")


async def amend(
    session: AsyncSession, vault: Vault, actor: Actor, held: HeldRound, application: UUID, form: Form
) -> None:
    """Write the corrected form and decide the case anew. The caller has authorised it and holds the application.

    Raises `application.holder_missing` where an office is to confirm the standing of a person not named.
    """
    [row] = await held_applications(session, actor.bureau, held.id, [application])
    [case] = await cases_of(session, vault, actor.bureau, [row])
    shown = await evidence.claim(session, vault, actor.bureau, case.child, row.id, form, is_new=False)
    referred = await referrals.refer(session, vault, actor, held, case.child, row.id, form, shown, is_new=False)
    await session.execute(
        update(table(Application))
        .where(col(Application.bureau) == actor.bureau, col(Application.id) == row.id)
        .values(
            version=row.version + 1,
            migrant=form.declared.registration.place not in (None, "county"),
            residence_community=form.residence_community,
            registration_community=form.registration_community,
            sealed=seal(case.child.key, form.to_json(), Place("application", "sealed", row.id)),
            form_digest=form.digest,
        )
    )
    await insert_together(session, [shown.part, *referred.parts])
    changes = (f"{row.status}/{row.version}", f"{row.status}/{row.version + 1} {form.digest}")
    entries = [journal.entry(actor, "application", "amend", f"application:{row.id}", *changes), *referred.entries]
    [amended] = await cases_of(session, vault, actor.bureau, await _fresh(session, actor.bureau, held, row.id))
    entries += await decide_and_store(session, actor, held, [amended])
    await journal.record_all(session, entries)


async def _fresh(session: AsyncSession, bureau: str, held: HeldRound, application: UUID) -> list[Application]:
    return await held_applications(session, bureau, held.id, [application])
