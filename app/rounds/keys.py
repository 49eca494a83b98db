"""The round's secret key: made when the round is planned, wrapped like a person's, opened by few (trust, T-04)."""

import secrets
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import ServiceError
from app.rounds.models import RoundKey
from app.rounds.pseudonyms import KEY_BYTES
from app.vault import SubjectKey, Vault


def new_round_key(
    session: AsyncSession, vault: Vault, bureau: str, round_id: UUID, given: bytes | None, demonstration: bool
) -> None:
    """Add the round's key to the session. Only a demonstration may be given one, so that its seed repeats it.

    Raises `round.key_given`.
    """
    if given is not None and (not demonstration or len(given) != KEY_BYTES):
        raise ServiceError("round.key_given", "round_key")
    key = given or secrets.token_bytes(KEY_BYTES)
    wrapped = vault.wrap(key, bureau, round_id)
    session.add(RoundKey(bureau=bureau, id=round_id, version=vault.version, wrapped=wrapped))


async def round_key(session: AsyncSession, vault: Vault, bureau: str, round_id: UUID) -> bytes:
    """The round's key; raises `access.not_found` for whoever may not see it, CannotOpen if it was altered."""
    row = await session.get(RoundKey, (bureau, round_id))
    if row is None:
        raise ServiceError("access.not_found", "round", action="round_key")
    return vault.unwrap(SubjectKey(bureau=bureau, id=round_id, guardians=[], version=row.version, wrapped=row.wrapped))
