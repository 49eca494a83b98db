"""What is signed between us and the data platform; both sides compute it.

A request: hex HMAC-SHA-256 under the shared secret. An answer: Ed25519 by the platform over the request's nonce, so
that no answer to another request, and no earlier one, can stand in its place.
"""

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

REQUEST, ANSWER = "registers/1 request", "registers/1 answer"


def request_signature(secret: bytes, stamp: str, nonce: str, method: str, path: str, body: bytes) -> str:
    """`stamp` is X-Date (Unix seconds), `nonce` X-Nonce."""
    return hmac.new(secret, _lines(REQUEST, stamp, nonce, method, path, body), hashlib.sha256).hexdigest()


def answer_text(stamp: str, nonce: str, status: int, path: str, body: bytes) -> bytes:
    """What the platform signs: its own X-Date, and the nonce and path that it answers to."""
    return _lines(ANSWER, stamp, nonce, str(status), path, body)


def is_signed(key: Ed25519PublicKey, signature: str, text: bytes) -> bool:
    """Whether X-Signature, in base64, is the platform's over this text."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _lines(kind: str, stamp: str, nonce: str, third: str, path: str, body: bytes) -> bytes:
    return "\n".join((kind, stamp, nonce, third, path, hashlib.sha256(body).hexdigest())).encode()
