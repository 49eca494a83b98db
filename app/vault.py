"""Personal data at rest: AES-256-GCM under a key per person, which a versioned key wraps.

Envelope: one byte of suite, 12 bytes of nonce, ciphertext with tag. The associated data bind a value to its
table, column and row, so that a value moved elsewhere does not open. Suites are numbered so that the national
algorithms (SM4-GCM, HMAC-SM3) can be added beside SUITE_AES_256_GCM. Look-up digests carry their suite too.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ARRAY, LargeBinary, Uuid, any_, delete, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.database import PersonalRow
from app.inserts import Part
from app.settings import Settings

SUITE_AES_256_GCM = 1
SUITE_HMAC_SHA_256 = 1
SHORTEST = 1 + 12 + 16  # suite, nonce, tag
AT_ONCE = 1000


class CannotOpen(Exception):
    """A sealed value was altered, moved to another place, or sealed under another key."""


class SubjectKey(PersonalRow, table=True):
    """The key of one person or child (`id`), wrapped; erasing the row makes all that it sealed unreadable."""

    __tablename__ = "subject_key"
    version: int
    wrapped: bytes = Field(sa_type=LargeBinary)


@dataclass(frozen=True)
class Place:
    """Where a sealed value stands."""

    table: str
    column: str
    row: UUID

    def associated(self) -> bytes:
        return f"{self.table}.{self.column}:{self.row}".encode()


def _seal(key: bytes, plain: bytes, associated: bytes) -> bytes:
    nonce = secrets.token_bytes(12)
    return bytes([SUITE_AES_256_GCM]) + nonce + AESGCM(key).encrypt(nonce, plain, associated)


def _open(key: bytes, envelope: bytes, associated: bytes) -> bytes:
    if not envelope or envelope[0] != SUITE_AES_256_GCM:
        raise CannotOpen("unknown suite")
    if len(envelope) < SHORTEST:
        raise CannotOpen("not whole")
    try:
        return AESGCM(key).decrypt(envelope[1:13], envelope[13:], associated)
    except InvalidTag:
        raise CannotOpen("not authentic") from None


def seal(key: bytes, value: Any, place: Place) -> bytes:
    """Seal a JSON value of a person under that person's key, bound to its place."""
    return _seal(key, json.dumps(value, ensure_ascii=False, sort_keys=True).encode(), place.associated())


def unseal(key: bytes, envelope: bytes, place: Place) -> Any:
    """Open what `seal` made; raises CannotOpen if key, place or bytes differ."""
    return json.loads(_open(key, envelope, place.associated()))


def seal_content(key: bytes, content: bytes, place: Place) -> bytes:
    """As `seal`, for what is bytes already and stands outside the database."""
    return _seal(key, content, place.associated())


def unseal_content(key: bytes, envelope: bytes, place: Place) -> bytes:
    """Open what `seal_content` made; raises CannotOpen if key, place or bytes differ."""
    return _open(key, envelope, place.associated())


class Vault:
    """The deployment's wrapping keys by version (the highest wraps) and its look-up key."""

    def __init__(self, wrapping_keys: dict[int, bytes], lookup_key: bytes) -> None:
        self._wrapping, self._lookup = wrapping_keys, lookup_key
        self.version = max(wrapping_keys)

    @classmethod
    def of(cls, settings: Settings) -> "Vault":
        keys = {version: key.get_secret_value() for version, key in settings.vault_keys.items()}
        return cls(keys, settings.lookup_key.get_secret_value())

    def lookup(self, kind: str, normalised: str) -> bytes:
        """Keyed digest by which an identity number is found again; equal input, equal digest."""
        message = f"{kind}:{normalised}".encode()
        return bytes([SUITE_HMAC_SHA_256]) + hmac.new(self._lookup, message, hashlib.sha256).digest()

    def wrap(self, key: bytes, bureau: str, subject: UUID) -> bytes:
        return _seal(self._wrapping[self.version], key, f"{bureau}:{subject}:{self.version}".encode())

    def unwrap(self, row: SubjectKey) -> bytes:
        """The person's key; raises CannotOpen if the wrapping key of that version is not at hand."""
        if row.version not in self._wrapping:
            raise CannotOpen(f"wrapping key {row.version} is missing")
        return _open(self._wrapping[row.version], row.wrapped, f"{row.bureau}:{row.id}:{row.version}".encode())

    def new_key(self, bureau: str, subject: UUID, guardians: list[UUID]) -> tuple[bytes, Part]:
        """A fresh key for a new person, and its wrapped form, to be inserted with the person."""
        key = secrets.token_bytes(32)
        row = {
            "bureau": bureau,
            "id": subject,
            "guardians": guardians,
            "schools": [],
            "version": self.version,
            "wrapped": self.wrap(key, bureau, subject),
        }
        return key, (SubjectKey, [row])

    async def key_of(self, session: AsyncSession, bureau: str, subject: UUID) -> bytes:
        """The key of a person already known; raises CannotOpen where it was erased or is not visible."""
        row = await session.get(SubjectKey, (bureau, subject))
        if row is None:
            raise CannotOpen("no key")
        return self.unwrap(row)

    async def keys_of(self, session: AsyncSession, bureau: str, subjects: list[UUID]) -> dict[UUID, bytes]:
        """The keys of many, for work by list."""
        rows = await session.scalars(
            select(SubjectKey).where(
                col(SubjectKey.bureau) == bureau, col(SubjectKey.id) == any_(literal(subjects, ARRAY(Uuid)))
            )
        )
        return {row.id: self.unwrap(row) for row in rows}

    async def rotate(self, session: AsyncSession, bureau: str, model: Any = SubjectKey) -> int:
        """Wrap every key of the bureau anew under the newest version; answers how many. Values stay as they are.

        `model` has bureau, id, version and wrapped. Run as the keys' role, which sees and writes nothing else.
        """
        columns = (model.id, model.version, model.wrapped)
        older = select(*columns).where(model.bureau == bureau, model.version < self.version).order_by(model.id)
        count = 0
        while rows := (await session.execute(older.limit(AT_ONCE))).all():
            for id_, version, wrapped in rows:
                row = SubjectKey(bureau=bureau, id=id_, guardians=[], version=version, wrapped=wrapped)
                await session.execute(
                    update(model)
                    .where(model.bureau == bureau, model.id == id_)
                    .values(version=self.version, wrapped=self.wrap(self.unwrap(row), bureau, id_))
                )
            count += len(rows)
        return count


async def erase(session: AsyncSession, bureau: str, subject: UUID) -> bool:
    """Delete a person's key: nothing that it sealed opens again. Run as the retention's role; answers whether there
    was one. The caller journals it."""
    gone = delete(SubjectKey).where(col(SubjectKey.bureau) == bureau, col(SubjectKey.id) == subject)
    return await session.scalar(gone.returning(col(SubjectKey.id))) is not None
