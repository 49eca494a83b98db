"""What stands for a child in a bundle: keyed digests of its stable reference under the round's own key.

The reference belongs to the child and not to the application: whoever withdraws and applies again, by whatever
guardian, keeps pseudonym and lottery unit (New York 2022, a form started again gave a new number).
"""

import hmac
from dataclasses import dataclass

KEY_BYTES = 32
SHOWN = 12


@dataclass(frozen=True)
class Pseudonyms:
    """`applicant` and `lottery_unit`: 32 hex digits. `salt`: 32 bytes, for the child's leaf of the families' tree."""

    applicant: str
    lottery_unit: str
    salt: bytes


def pseudonyms_of(key: bytes, reference: bytes, twin_reference: bytes | None = None) -> Pseudonyms:
    """HMAC-SHA-256 under the round's key over a label, LF and the reference; twins share one lottery unit."""
    return Pseudonyms(
        _digest(key, b"applicant", reference).hex()[:32],
        _digest(key, b"unit", twin_reference or reference).hex()[:32],
        _digest(key, b"salt", reference),
    )


def masked(applicant: str) -> str:
    """What the public points list shows of a pseudonym: enough for the family to find itself."""
    return applicant[:SHOWN]


def _digest(key: bytes, label: bytes, reference: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a round's key has {KEY_BYTES} bytes")
    return hmac.digest(key, label + b"\n" + reference, "sha256")
