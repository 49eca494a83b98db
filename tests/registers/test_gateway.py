"""Only an answer that is signed for this very request, now, and of the right shape is an answer (T-10, T-19)."""

from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretBytes, SecretStr

from app.clock import uuid7
from app.demo.fate import Fate
from app.demo.register_faults import Fault, Faults, SubjectFault
from app.demo.register_holdings import Holdings
from app.demo.register_server import KEY, SECRET, Platform
from app.demo.register_serving import asking, serving
from app.gateways.answers import About, Catalogue, Question, Unavailable
from app.gateways.breaker import Breaker
from app.gateways.hosts import leads_astray
from app.gateways.register_shapes import path_of
from app.gateways.register_signatures import request_signature
from app.gateways.registers import RegisterGateway
from app.settings import BadSettings, Environment, Settings
from tests.county import form
from tests.messages.test_gateway import ELSEWHERE, OURSELVES
from tests.registers.hall import numbered

HOUSEHOLDS = Catalogue.HOUSEHOLDS
NUMBERS = [numbered(number) for number in range(1, 41)]


def question(who: dict[str, Any]) -> Question:
    return Question(uuid7(), About.PERSON, "mainland", who["number"], who["name"], date(2026, 5, 31))


def platform_of(**faults: Any) -> Platform:
    return Platform(Holdings.of_forms([form(child=who) for who in NUMBERS]), Faults(**faults), keeps=True)


@pytest.mark.parametrize("fault", Fault)
async def test_whatever_else_comes_is_no_answer_and_names_nobody(settings: Settings, fault: Fault) -> None:
    platform, asked = platform_of(), question(NUMBERS[0])
    async with serving(platform) as port, RegisterGateway(asking(settings, port), 0.3) as gateway:
        assert (await gateway.ask(HOUSEHOLDS, [asked]))[asked.id].record
        platform.faults.always = fault
        with pytest.raises(Unavailable) as failed:
            await gateway.ask(HOUSEHOLDS, [asked])
        platform.faults.always = None
        assert (await gateway.ask(HOUSEHOLDS, [asked]))[asked.id].record
    error: BaseException | None = failed.value
    assert error is not None and error.__cause__ is None and (error.__suppress_context__ or error.__context__ is None)
    assert asked.number not in repr(error) and asked.number not in repr(asked) and asked.name not in repr(asked)


async def test_one_bad_result_spoils_no_other_and_is_no_answer_itself(settings: Settings) -> None:
    platform = platform_of(fate=Fate(5), subjects=800)
    questions = [question(who) for who in NUMBERS]
    planned = {asked.id: platform.faults.planned(HOUSEHOLDS.value, asked.number) for asked in questions}
    assert set(planned.values()) == {None, *SubjectFault}
    async with serving(platform) as port, RegisterGateway(asking(settings, port)) as gateway:
        answers = await gateway.ask(HOUSEHOLDS, questions)
        again = await gateway.ask(HOUSEHOLDS, questions)
    stays = (None, SubjectFault.MISMATCH, SubjectFault.NOT_FOUND)
    assert set(answers) == {id_ for id_, fault in planned.items() if fault in stays}
    assert set(again) == set(planned)
    assert {id_ for id_, answer in again.items() if answer.record is None} == {
        id_ for id_, fault in planned.items() if fault is SubjectFault.NOT_FOUND
    }


async def test_a_dead_platform_is_no_answer_and_is_left_alone_for_a_while(settings: Settings) -> None:
    async with serving(platform_of()) as port:
        pass
    async with RegisterGateway(asking(settings, port)) as gateway:
        for attempt in range(8):
            with pytest.raises(Unavailable, match="lately" if attempt >= 5 else "answer"):
                await gateway.ask(HOUSEHOLDS, [question(NUMBERS[0])])


async def test_one_silent_office_keeps_no_other_waiting(settings: Settings) -> None:
    platform = platform_of(always=Fault.ERROR)
    async with serving(platform) as port, RegisterGateway(asking(settings, port)) as gateway:
        for _ in range(6):
            with pytest.raises(Unavailable):
                await gateway.ask(HOUSEHOLDS, [question(NUMBERS[0])])
        platform.faults.always = None
        with pytest.raises(Unavailable, match="lately"):
            await gateway.ask(Catalogue.RESIDENCE_PERMITS, [question(NUMBERS[0])])
        assert await gateway.ask(Catalogue.TITLES, [question(NUMBERS[0])])


def test_a_breaker_lets_one_through_after_its_pause_and_all_once_that_one_was_good() -> None:
    now = [0.0]
    breaker = Breaker(failures=2, seconds=10, clock=lambda: now[0])
    for _ in range(2):
        assert breaker.lets_through()
        breaker.note(good=False)
    assert not breaker.lets_through()
    now[0] = 10.0
    assert breaker.lets_through() and not breaker.lets_through()
    breaker.note(good=False)
    assert not breaker.lets_through()
    now[0] = 20.0
    assert breaker.lets_through()
    breaker.note(good=True)
    assert breaker.lets_through() and breaker.lets_through()


async def test_the_platform_takes_no_request_twice_and_none_that_is_not_signed(settings: Settings) -> None:
    platform = platform_of()
    path, body = path_of(HOUSEHOLDS), b'{"id":"01990000-0000-7000-8000-000000000001","questions":[]}'
    async with serving(platform) as port, RegisterGateway(asking(settings, port)) as gateway:
        await gateway.ask(HOUSEHOLDS, [question(NUMBERS[0])])
        _, sent, _ = platform.bodies[0]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            from app.clock import now

            stamp, nonce = str(int(now().timestamp())), uuid4().hex
            headers = {"X-Key": KEY, "X-Date": stamp, "X-Nonce": nonce, "Content-Type": "application/json"}
            headers["X-Signature"] = request_signature(SECRET.encode(), stamp, nonce, "POST", path, sent)
            assert (await client.post(path, content=sent, headers=headers)).status_code == 200
            assert (await client.post(path, content=sent, headers=headers)).status_code == 401
            other = {**headers, "X-Nonce": uuid4().hex}
            assert (await client.post(path, content=sent, headers=other)).status_code == 401
            assert (await client.post(path, content=body)).status_code == 422
    wrong = asking(settings, port).model_copy(update={"registers_secret": SecretStr("another fictitious secret")})
    async with (
        serving(platform_of()) as port,
        RegisterGateway(wrong.model_copy(update={"registers_url": f"http://127.0.0.1:{port}"})) as gateway,
    ):
        with pytest.raises(Unavailable):
            await gateway.ask(HOUSEHOLDS, [question(NUMBERS[0])])


def at(settings: Settings, environment: Environment, url: str) -> Settings:
    return asking(settings, 9).model_copy(update={"environment": environment, "registers_url": url})


@pytest.mark.parametrize("url", ELSEWHERE)
def test_what_is_not_production_asks_nobody_but_a_loopback_address(settings: Settings, url: str) -> None:
    with pytest.raises(BadSettings, match="TONGJIAO_REGISTERS_URL"):
        RegisterGateway(at(settings, Environment.TEST, url))


@pytest.mark.parametrize("url", OURSELVES)
def test_production_asks_neither_itself_nor_without_encryption(settings: Settings, url: str) -> None:
    with pytest.raises(BadSettings, match="TONGJIAO_REGISTERS_URL"):
        RegisterGateway(at(settings, Environment.PRODUCTION, url))


@pytest.mark.parametrize("missing", ["url", "key", "secret", "public_key"])
def test_the_settings_of_the_platform_belong_together(settings: Settings, missing: str) -> None:
    with pytest.raises(BadSettings, match="belong together"):
        RegisterGateway(asking(settings, 9).model_copy(update={f"registers_{missing}": None}))
    with pytest.raises(ValueError, match=r"at least|32"):
        RegisterGateway(asking(settings, 9).model_copy(update={"registers_public_key": SecretBytes(b"short")}))


async def test_a_name_that_leads_to_this_machine_leads_astray() -> None:
    assert await leads_astray("https://localhost:8443/x")
    assert await leads_astray("https://169.254.169.254")
    assert not await leads_astray("https://10.0.0.8:8443")
