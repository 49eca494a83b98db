"""The lottery: one seed from the published root and the public draw, and from it a ticket that anyone can reckon.

Nothing else enters: not the moment of an application, nor how often it was withdrawn and made again.
"""

import hashlib
import hmac

from app.allocation.manifest import Draw


def seed_of(draw: Draw) -> bytes:
    """The 32 bytes of the seed (section "Meaning")."""
    return hashlib.sha256(f"allocation-seed/1\n{draw.root}\n{draw.value}".encode()).digest()


def ticket_of(seed: bytes, round_name: str, lottery_unit: str, programme: str | None = None) -> bytes:
    """The 32 bytes of a ticket, smaller first; with a programme where tickets are per programme."""
    message = f"allocation-ticket/1\n{round_name}\n{lottery_unit}"
    if programme is not None:
        message = f"{message}\n{programme}"
    return hmac.digest(seed, message.encode(), "sha256")
