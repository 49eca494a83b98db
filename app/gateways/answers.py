"""What an outside system may answer, in words that know no transport: features speak these, and get the client that
speaks HTTP from whoever assembles them. None of these errors ever says what was sent."""

from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Unavailable(Exception):
    """No answer, or none that can be believed: the same request may be sent again. Its words are fixed ones."""


class Refused(Exception):
    """The other side understood and will never take this request."""


class Delivery(StrEnum):
    """What a provider knows of a message. PENDING also where it does not know the message at all."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Sms(Protocol):
    """A way to send short messages. The same message id sent again is the same message, whatever its text."""

    async def send(self, message: UUID, phone: str, text: str) -> str:
        """The provider's own id of the message that it has accepted; raises Unavailable, Refused."""

    async def delivery(self, message: UUID) -> Delivery:
        """What became of it; raises Unavailable."""
