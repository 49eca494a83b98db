"""A person's messages in words, opened with that person's key."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.messages import queries
from app.messages.lifecycle import WORDS, MessageStatus
from app.messages.models import Message
from app.messages.schemas import MessageOut, MessagePage
from app.messages.vocabulary import inbox_words
from app.vault import Place, Vault, unseal


async def own_messages(
    session: AsyncSession, vault: Vault, actor: Actor, before: UUID | None, limit: int
) -> MessagePage:
    """A page of the actor's own messages, newest first. To be shown in a list is not to be read."""
    rows = await queries.inbox(session, actor.bureau, actor.person, before, limit)
    key = b""
    if any(sealed is not None for _, sealed in rows):
        key = await vault.key_of(session, actor.bureau, actor.person)
    shown = [_opened(key, message, sealed) for message, sealed in rows]
    return MessagePage(messages=shown, next=shown[-1].id if len(shown) == limit else None)


def _opened(key: bytes, message: Message, sealed: bytes | None) -> MessageOut:
    personal = {} if sealed is None else unseal(key, sealed, Place("message_words", "sealed", message.id))
    words, status = inbox_words(message.kind, message.parameters, personal), MessageStatus(message.status)
    zh, en = WORDS[status]
    return MessageOut(
        id=message.id,
        kind=message.kind,
        object=message.object,
        text_zh=words["zh"],
        text_en=words["en"],
        status=status,
        status_zh=zh,
        status_en=en,
        posted_at=message.posted_at,
        read_at=message.read_at,
    )
