"""Telling singly whose points or keys a points list published anew has changed: a correction finds its family."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.applications.queries import Applicant
from app.applications.reading import child_names
from app.messages.post import Notice, post
from app.messages.vocabulary import one_line
from app.rounds.models import AdmissionRound
from app.rounds.notice import title_of
from app.vault import Vault

POINTS_CHANGED = "points_changed"


async def tell_of_points(
    session: AsyncSession, vault: Vault, actor: Actor, row: AdmissionRound, listed: UUID, children: Sequence[Applicant]
) -> None:
    """Tell every guardian of these children, of the round's list `listed`, until when it stands for objection."""
    if not children or row.objections_until is None:
        return
    names = await child_names(session, vault, row.bureau, [child.child for child in children])
    parameters = {"round": title_of(row), "until": row.objections_until.isoformat()}
    notices = [
        Notice(
            POINTS_CHANGED,
            f"points_list:{listed}.{child.application}",
            person,
            parameters,
            {"child": one_line(names[child.child])},
            tuple(child.guardians),
        )
        for child in children
        for person in child.guardians
    ]
    await post(session, vault, actor, notices)
