"""Field encryption: what is sealed opens in its place, under its key, and nowhere else (design, decision 6)."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.identity import VerifiedPerson
from app.actor import Actor
from app.clock import uuid7
from app.database import Database
from app.inserts import insert_together
from app.settings import Settings
from app.vault import CannotOpen, Place, SubjectKey, Vault, erase, seal, unseal
from tests.ground.rows import parent
from tests.world import World

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
PLACE = Place("person", "sealed", UUID(int=7))
VALUE = {"name": "虚构家长", "number": "330424190002020101", "list": [1, None, "x"]}


@pytest.mark.parametrize(
    "value", [VALUE, "", None, 0, "虚构" * 10_000], ids=["object", "empty", "null", "zero", "long"]
)
def test_what_is_sealed_opens_unchanged(value: Any) -> None:
    assert unseal(KEY, seal(KEY, value, PLACE), PLACE) == value


def test_a_sealed_value_shows_nothing_and_is_new_each_time() -> None:
    first, second = seal(KEY, VALUE, PLACE), seal(KEY, VALUE, PLACE)
    assert first != second and first[1:13] != second[1:13]
    assert "虚构".encode() not in first and b"330424" not in first


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("person", "sealed", UUID(int=8)),
        Place("person", "facts", UUID(int=7)),
        Place("child", "sealed", UUID(int=7)),
    ],
    ids=["row", "column", "table"],
)
def test_a_value_moved_to_another_place_does_not_open(elsewhere: Place) -> None:
    with pytest.raises(CannotOpen, match="not authentic"):
        unseal(KEY, seal(KEY, VALUE, PLACE), elsewhere)


def test_a_value_does_not_open_under_another_key() -> None:
    with pytest.raises(CannotOpen, match="not authentic"):
        unseal(OTHER_KEY, seal(KEY, VALUE, PLACE), PLACE)


def test_no_byte_can_be_altered_or_cut_off() -> None:
    envelope = seal(KEY, "x", PLACE)
    for position in range(len(envelope)):
        altered = bytearray(envelope)
        altered[position] ^= 1
        with pytest.raises(CannotOpen):
            unseal(KEY, bytes(altered), PLACE)
        with pytest.raises(CannotOpen):
            unseal(KEY, envelope[:position], PLACE)


@pytest.mark.parametrize("suite", [0, 2, 255])
def test_an_unknown_suite_is_named_as_such(suite: int) -> None:
    with pytest.raises(CannotOpen, match="unknown suite"):
        unseal(KEY, bytes([suite]) + seal(KEY, VALUE, PLACE)[1:], PLACE)


def test_a_wrapped_key_is_bound_to_its_person_bureau_and_version() -> None:
    vault, subject = Vault({1: KEY, 2: KEY}, OTHER_KEY), uuid7()

    def row(bureau: str, id_: UUID, version: int) -> SubjectKey:
        wrapped = vault.wrap(b"k" * 32, "330424", subject)
        return SubjectKey(bureau=bureau, id=id_, guardians=[], version=version, wrapped=wrapped)

    assert vault.unwrap(row("330424", subject, 2)) == b"k" * 32
    for other in (row("330425", subject, 2), row("330424", uuid7(), 2), row("330424", subject, 1)):
        with pytest.raises(CannotOpen, match="not authentic"):
            vault.unwrap(other)


def test_a_key_whose_wrapping_key_is_missing_says_which() -> None:
    row = SubjectKey(bureau="330424", id=uuid7(), guardians=[], version=7, wrapped=b"")
    with pytest.raises(CannotOpen, match="wrapping key 7 is missing"):
        Vault({1: KEY}, OTHER_KEY).unwrap(row)


def test_equal_numbers_have_equal_digests_in_one_deployment_alone() -> None:
    ours, theirs = Vault({1: KEY}, KEY), Vault({1: KEY}, OTHER_KEY)
    assert ours.lookup("person", "330424190002020101") == ours.lookup("person", "330424190002020101")
    assert ours.lookup("person", "330424190002020101") != ours.lookup("person", "33042419000202011X")
    assert ours.lookup("person", "1") != ours.lookup("child", "1")
    assert ours.lookup("person", "330424190002020101") != theirs.lookup("person", "330424190002020101")
    assert ours.lookup("person", "1")[0] == 1 and len(ours.lookup("person", "1")) == 33


def test_nothing_secret_prints_itself(settings: Settings) -> None:
    person = VerifiedPerson("development", "subject-1", "虚构家长一", "330424190002020101")
    vault = Vault.of(settings)
    secrets = [key.get_secret_value() for key in (*settings.vault_keys.values(), settings.lookup_key)]
    printed = "".join(f"{thing!r} {thing!s}" for thing in (settings, vault, person, [person], {"p": person}))
    assert "虚构家长一" not in printed and "330424" not in printed and "subject-1" not in printed
    assert "postgresql" not in printed and "redis" not in printed
    assert all(repr(secret)[2:-1] not in printed and secret.hex() not in printed for secret in secrets)


async def sealed_person(database: Database, vault: Vault, actor: Actor) -> bytes:
    """A value sealed under a new key of the actor's, which the database keeps."""
    async with database.transaction(actor) as session:
        key, wrapped = vault.new_key(actor.bureau, actor.person, [actor.person])
        await insert_together(session, [wrapped])
    return seal(key, "虚构", PLACE)


async def opened(session: AsyncSession, vault: Vault, actor: Actor, envelope: bytes) -> Any:
    return unseal(await vault.key_of(session, actor.bureau, actor.person), envelope, PLACE)


async def test_a_rotation_that_lacks_a_wrapping_key_changes_nothing(
    database: Database, keys_database: Database, world: World
) -> None:
    me = Actor(world.bureau, uuid7(), uuid7())
    envelope = await sealed_person(database, Vault({1: KEY}, KEY), me)
    with pytest.raises(CannotOpen):  # the world's other keys are wrapped by the deployment's own
        async with keys_database.transaction() as session:
            await Vault({1: KEY, 2: OTHER_KEY}, KEY).rotate(session, world.bureau)
    async with database.transaction(me) as session:
        assert await opened(session, Vault({1: KEY}, KEY), me, envelope) == "虚构"


async def test_after_rotation_only_the_new_wrapping_key_is_needed(
    database: Database, keys_database: Database, bureau_codes: Any
) -> None:
    bureau = next(bureau_codes)
    old, both, new = Vault({1: KEY}, KEY), Vault({1: KEY, 2: OTHER_KEY}, KEY), Vault({2: OTHER_KEY}, KEY)
    people = [Actor(bureau, uuid7(), uuid7()) for _ in range(3)]
    envelopes = [await sealed_person(database, old, person) for person in people]
    async with keys_database.transaction() as session:
        assert await both.rotate(session, bureau) == 3
        assert await both.rotate(session, bureau) == 0
    for person, envelope in zip(people, envelopes, strict=True):
        async with database.transaction(person) as session:
            assert await opened(session, new, person, envelope) == "虚构"
            session.expunge_all()
            with pytest.raises(CannotOpen, match="wrapping key 2 is missing"):
                await opened(session, old, person, envelope)


async def test_an_erased_key_leaves_what_it_sealed_unreadable_for_good(
    database: Database, retention_database: Database, vault: Vault, world: World
) -> None:
    person = Actor(world.bureau, uuid7(), uuid7())
    envelope = await sealed_person(database, vault, person)
    async with retention_database.transaction(Actor("999999", person.person, person.account)) as session:
        assert not await erase(session, world.bureau, person.person)
    async with retention_database.transaction(parent(person)) as session:
        assert await erase(session, world.bureau, person.person)
        assert not await erase(session, world.bureau, person.person)
    async with database.transaction(person) as session:
        with pytest.raises(CannotOpen, match="no key"):
            await opened(session, vault, person, envelope)
        assert await vault.keys_of(session, world.bureau, [person.person]) == {}


async def test_another_parent_finds_no_key(database: Database, vault: Vault, world: World) -> None:
    first, second = await world.person("parent-1"), await world.person("parent-2")
    async with database.transaction(second) as session:
        assert list(await vault.keys_of(session, world.bureau, [first.person, second.person])) == [second.person]
        with pytest.raises(CannotOpen, match="no key"):
            await vault.key_of(session, world.bureau, first.person)
