"""Sessions: opaque, kept as a digest, ended by time or at once, begun once however often one clicks."""

import asyncio
import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import text

from app.accounts.identity import NoProvider, VerifiedPerson, fictitious_persons, provider_of
from app.accounts.service import sign_in
from app.actor import Actor
from app.database import Database
from app.errors import ServiceError
from app.settings import Settings
from app.vault import Place, unseal
from tests.conftest import Api
from tests.world import World

FORGERIES = ["", "x", "null", "a" * 43, "Bearer", "' OR 1=1 --", "%00", "a" * 5000, "eyJhbGciOiJub25lIn0.e30."]


async def signed_in(database: Database, world: World, person: VerifiedPerson) -> tuple[Actor, str]:
    async with database.transaction() as session:
        return await sign_in(session, world.vault, world.bureau, person, 1, "test")


async def test_only_the_digest_of_a_token_is_kept(database: Database, world: World) -> None:
    actor, token = await signed_in(database, world, fictitious_persons()["parent-1"])
    async with database.transaction(actor) as session:
        [row] = (await session.execute(text("SELECT * FROM token"))).all()
    assert bytes(row.digest) == hashlib.sha256(token.encode()).digest() and row.person == actor.person
    assert token not in str(row) and len(token) == 43


async def test_a_token_ends_with_its_time(api: Api, database: Database, world: World) -> None:
    actor, token = await signed_in(database, world, fictitious_persons()["parent-1"])
    headers = {"Authorization": f"Bearer {token}"}
    assert (await api.client.get("/me", headers=headers)).status_code == 200
    async with database.transaction(actor) as session:
        await session.execute(text("UPDATE token SET expires_at = now()"))
    answer = await api.client.get("/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "access.signed_out")


async def test_signing_out_of_one_device_leaves_the_other(api: Api, world: World) -> None:
    first = dict(await api.sign_in(world.bureau, "parent-1"))
    api.tokens.clear()
    second = await api.sign_in(world.bureau, "parent-1")
    assert (await api.client.delete("/sessions/current", headers=first)).status_code == 204
    assert (await api.client.get("/me", headers=first)).status_code == 401
    assert (await api.client.get("/me", headers=second)).status_code == 200
    assert (await api.client.delete("/sessions/current", headers=first)).status_code == 401


@pytest.mark.parametrize("assertion", ["auditor", "casework", "parent-1"])
async def test_everybody_can_sign_out_the_auditor_too(api: Api, world: World, assertion: str) -> None:
    headers = await api.sign_in(world.bureau, assertion)
    assert (await api.client.delete("/sessions/current", headers=headers)).status_code == 204
    assert (await api.client.get("/me", headers=headers)).status_code == 401


@pytest.mark.parametrize("token", FORGERIES)
async def test_a_forged_token_opens_nothing(api: Api, token: str) -> None:
    answer = await api.client.get("/me", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "access.signed_out")


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Digest"])
async def test_another_scheme_is_no_sign_in(api: Api, world: World, scheme: str) -> None:
    headers = await api.sign_in(world.bureau, "parent-1")
    other = headers["Authorization"].replace("Bearer", scheme)
    assert (await api.client.get("/me", headers={"Authorization": other})).status_code == 401


async def test_many_first_sign_ins_at_once_make_one_person(api: Api, database: Database, world: World) -> None:
    headers = await api.sign_in(world.bureau, "parent-1")  # a connection for each, so that none has to be made first
    await asyncio.gather(*(api.client.get("/me", headers=headers) for _ in range(12)))
    body = {"bureau": world.bureau, "assertion": "parent-3"}
    answers = await asyncio.gather(*(api.client.post("/sessions", json=body) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["person"] for answer in answers}) == 1
    assert len({answer.json()["token"] for answer in answers}) == 12


async def test_one_human_being_by_two_providers_is_one_person_with_two_accounts(
    database: Database, world: World
) -> None:
    known = fictitious_persons()["parent-1"]
    first, _ = await signed_in(database, world, known)
    elsewhere = replace(known, issuer="another provider", subject="s-1", number=f" {known.number.lower()} ")
    second, _ = await signed_in(database, world, elsewhere)
    again, _ = await signed_in(database, world, elsewhere)
    assert first.person == second.person and first.account != second.account and again == second
    async with database.transaction(second) as session:
        assert await session.scalar(text("SELECT count(*) FROM person")) == 1
        key = await world.vault.key_of(session, world.bureau, second.person)
        sealed = await session.scalar(text("SELECT sealed FROM person"))
    assert unseal(key, bytes(sealed), Place("person", "sealed", second.person))["name"] == known.name


async def test_two_people_without_a_number_are_two(database: Database, world: World) -> None:
    first, _ = await signed_in(database, world, VerifiedPerson("development", "a", "虚构甲", ""))
    second, _ = await signed_in(database, world, VerifiedPerson("development", "b", "虚构乙", ""))
    assert first.person != second.person


async def test_the_same_person_in_two_bureaux_is_not_connected(
    api: Api, database: Database, world: World, bureau_codes: object
) -> None:
    other = await World.make(database, world.vault, next(bureau_codes))  # type: ignore[call-overload]
    first, _ = await signed_in(database, world, fictitious_persons()["parent-1"])
    second, _ = await signed_in(database, other, fictitious_persons()["parent-1"])
    assert first.person != second.person and first.bureau != second.bureau


async def test_without_a_provider_nobody_is_vouched_for(settings: Settings) -> None:
    provider = provider_of(settings.model_copy(update={"identity_provider": "oidc"}))
    assert isinstance(provider, NoProvider)
    with pytest.raises(ServiceError, match=r"access\.unknown_account"):
        await provider.verify("parent-1")
