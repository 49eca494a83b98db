"""The job that delivers: each message is sent by SMS, then asked after, until it has an end.

At least once towards the provider, under our id, and so once to the family. What is written between belongs to the
attempt that holds the job: a stale worker's marks are refused. When the provider does not answer, the rest waits for a
later job of its own, so that no outage uses up a job's attempts; how often it may come to nothing is capped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.gateways.answers import Delivery, Refused, Sms, Unavailable
from app.jobs.service import hold_attempt
from app.jobs.work import Handler, Work
from app.messages import queries
from app.messages.lifecycle import MessageEvent, MessageStatus
from app.messages.moves import Sent, move
from app.messages.phone import number_of
from app.messages.post import ask_delivery
from app.messages.vocabulary import sms_words
from app.vault import Vault

REFUSED, UNDELIVERED, UNREACHABLE = "refused", "undelivered", "provider_unreachable"


@dataclass(frozen=True)
class Pace:
    """Pauses double from `first`. While something is unsent, up to `unsent`: all is sent within it once an outage is
    over (F-08: 15 minutes). Where only receipts are missing, up to `pending`. After so many turns in a row that moved
    nothing it ends: what is unsent has failed, what has no receipt stays as it is, and both are for the call list."""

    first: timedelta = timedelta(seconds=10)
    unsent: timedelta = timedelta(minutes=10)
    unsent_turns: int = 150
    pending: timedelta = timedelta(hours=6)
    pending_turns: int = 20

    def after(self, turn: int, unsent: bool) -> timedelta | None:
        """How long to wait once so many turns in a row came to nothing; None where there have been enough."""
        longest, turns = (self.unsent, self.unsent_turns) if unsent else (self.pending, self.pending_turns)
        return None if turn >= turns else min(self.first * 2 ** min(turn, 20), longest)


@dataclass(frozen=True)
class Courier:
    """One attempt at one job."""

    work: Work
    vault: Vault
    sms: Sms

    async def carry(self, ids: Sequence[UUID]) -> tuple[list[Sent], bool]:
        """Send, and ask after, these messages in turn; answers what has no end yet, and whether anything moved.

        The first silence of the provider ends the round: nobody else is kept waiting on it.
        """
        async with self.work.database.transaction(self.work.actor) as session:
            await hold_attempt(session, self.work.actor.bureau, self.work.job, self.work.attempt)
            waiting = await queries.undelivered(session, self.work.actor.bureau, ids)
        left, moved, silent = [], False, False
        for message in waiting:
            after, silent = (message, True) if silent else await self._one(message)
            moved = moved or after != message
            left += [after] if after is not None else []
        return left, moved

    async def _one(self, message: Sent) -> tuple[Sent | None, bool]:
        """The message as it now waits, None where there is nothing to wait for; and whether the provider is silent."""
        try:
            if message.status is MessageStatus.POSTED:
                return await self._send(message), False
            return await self._ask_after(message), False
        except Unavailable:
            return message, True

    async def _send(self, message: Sent) -> Sent | None:
        phone = await self._phone_of(message)
        if phone is None:
            return None
        try:
            accepted = await self.sms.send(message.id, phone, sms_words(message.kind, message.parameters))
        except Refused:
            await self._mark(message, MessageEvent.FAIL, failure=REFUSED)
            return None
        return await self._mark(message, MessageEvent.SEND, accepted=accepted)

    async def _ask_after(self, message: Sent) -> Sent | None:
        match await self.sms.delivery(message.id):
            case Delivery.DELIVERED:
                await self._mark(message, MessageEvent.DELIVER)
            case Delivery.FAILED:
                await self._mark(message, MessageEvent.FAIL, failure=UNDELIVERED)
            case Delivery.PENDING:
                return message
        return None

    async def _phone_of(self, message: Sent) -> str | None:
        """Read in the person's own context: the worker sees one key at a time."""
        person = Actor(self.work.actor.bureau, message.person, message.person, role="worker", source="worker")
        async with self.work.database.transaction(person) as session:
            return await number_of(session, self.vault, person.bureau, message.person)

    async def _mark(
        self, message: Sent, event: MessageEvent, accepted: str | None = None, failure: str | None = None
    ) -> Sent:
        """Written while the attempt is the last one; raises `jobs.stale` where it is not."""
        actor = self.work.actor
        async with self.work.database.transaction(actor) as session:
            await hold_attempt(session, actor.bureau, self.work.job, self.work.attempt)
            return await move(session, actor, message, event, accepted, failure)


def deliver_with(vault: Vault, sms: Sms | None, pace: Pace = Pace()) -> Handler:
    """The handler of `deliver_messages`. Without a provider messages stay in the portal's inbox."""

    async def deliver(work: Work) -> None:
        ids, left, moved = [UUID(id_) for id_ in work.arguments["messages"]], list[Sent](), False
        if sms is not None:
            left, moved = await Courier(work, vault, sms).carry(ids)
        async with work.conclude() as session:
            if left:
                await _go_on(session, work, pace, left, 0 if moved else work.arguments["turn"] + 1)

    return deliver


async def _go_on(session: AsyncSession, work: Work, pace: Pace, left: list[Sent], turn: int) -> None:
    unsent = [message for message in left if message.status is MessageStatus.POSTED]
    pause = pace.after(turn, bool(unsent))
    if pause is not None:
        await ask_delivery(session, work.actor, [str(message.id) for message in left], turn, after=pause)
        return
    for message in unsent:
        await move(session, work.actor, message, MessageEvent.FAIL, None, UNREACHABLE)
    pending = [str(message.id) for message in left if message not in unsent]
    if pending:
        await ask_delivery(session, work.actor, pending, 0, after=pace.first)
