"""Seed and tickets against the sentence that defines them, and with OpenSSL's command line in mind."""

import hashlib
import hmac

import pytest

from app.allocation.lottery import seed_of, ticket_of
from app.allocation.manifest import Draw

ROOT = hashlib.sha256(b"fictitious root").hexdigest()
SEED = hashlib.sha256(f"allocation-seed/1\n{ROOT}\n4-0-7".encode()).digest()


def test_the_seed_is_the_hash_of_root_and_value() -> None:
    assert seed_of(Draw(ROOT, "4-0-7")) == SEED


@pytest.mark.parametrize(
    ("programme", "message"),
    [(None, b"allocation-ticket/1\nR1\ntwins"), ("P:1", b"allocation-ticket/1\nR1\ntwins\nP:1")],
)
def test_a_ticket_is_the_hmac_of_round_and_unit(programme: str | None, message: bytes) -> None:
    expected = hmac.new(SEED, message, hashlib.sha256).digest()
    assert ticket_of(SEED, "R1", "twins", programme) == expected


def test_any_change_of_root_or_value_changes_the_seed() -> None:
    other = hashlib.sha256(b"one child changed").hexdigest()
    assert len({seed_of(Draw(root, value)) for root in (ROOT, other) for value in ("4-0-7", "4-0-8", "40-7")}) == 6
