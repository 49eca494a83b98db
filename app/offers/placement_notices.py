"""What a family is told of a place within the year: that there is one; where and why it reads in the portal."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.applications.reading import child_names
from app.messages.post import Notice, post
from app.rounds.rows import RoundRow
from app.vault import Vault

PLACED = "placed_within_year"


async def tell_placed(
    session: AsyncSession, vault: Vault, actor: Actor, row: RoundRow, offers: Sequence[dict[str, Any]]
) -> None:
    """Tell every guardian of these offers, in the transaction that makes them."""
    names = await child_names(session, vault, row.bureau, [offer["child"] for offer in offers])
    title = {"round": {"zh": row.title_zh, "en": row.title_en}}
    notices = [
        Notice(PLACED, f"offer:{offer['id']}", guardian, title, {"child": names[offer["child"]]})
        for offer in offers
        for guardian in offer["guardians"]
    ]
    await post(session, vault, actor, notices)
