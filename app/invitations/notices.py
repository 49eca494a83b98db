"""Telling the guardians who already have an account; everybody else is written to, called or visited."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.applications.queries import HeldRound, round_title
from app.invitations.facts import Said, child_of
from app.messages.post import Notice, post
from app.messages.vocabulary import one_line
from app.vault import Vault

# Those of the given numbers' digests under which a person has signed in.
KNOWN = text("""
    SELECT given.lookup, person_of(:bureau, given.lookup) AS person
    FROM unnest(CAST(:lookups AS bytea[])) AS given(lookup)
""")


async def tell_invited(
    session: AsyncSession, vault: Vault, actor: Actor, held: HeldRound, made: Sequence[tuple[dict[str, Any], Said]]
) -> int:
    """An inbox message, with an SMS, to each guardian whom a register names by a number that the service knows;
    `made` are invitations with what registers say. Answers how many."""
    lookups = sorted({row["guardian_lookup"] for row, _ in made if row["guardian_lookup"] is not None})
    if not lookups:
        return 0
    found = await session.execute(KNOWN, {"bureau": actor.bureau, "lookups": lookups})
    persons = {row.lookup: row.person for row in found if row.person is not None}
    parameters = {
        "round": await round_title(session, actor.bureau, held.id),
        "until": held.closes_at.isoformat(),
    }
    notices = [
        Notice(
            "invited_to_school",
            f"invitation:{row['id']}",
            persons[row["guardian_lookup"]],
            parameters,
            {"child": one_line(child_of(said)["name"])},
        )
        for row, said in made
        if row["guardian_lookup"] in persons
    ]
    return await post(session, vault, actor, notices)
