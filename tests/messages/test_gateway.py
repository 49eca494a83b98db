"""Who may send where (F-16), and what the gateway says of the requests that fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.clock import uuid7
from app.gateways.answers import Delivery, Refused, Unavailable
from app.gateways.sms import SmsGateway
from app.settings import BadSettings, Environment, Settings
from tests.messages.parlour import NUMBER, gateway_settings
from tests.messages.provider import Fault, Provider

ELSEWHERE = [
    "https://sms.example.cn",
    "http://localhost:9000",
    "http://10.0.0.8",
    "http://127.0.0.1.example.cn",
    "http://[::ffff:127.0.0.1]",
    "http://user@127.0.0.1",
    "http://127.0.0.1@sms.example.cn",
    "http://127.0.0.1?x=1",
    "http://127.0.0.1:port",
    "ftp://127.0.0.1",
    "//127.0.0.1",
]
OURSELVES = [
    "https://127.0.0.1:9000",
    "https://127.9.9.9",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::]",
    "https://0.0.0.0",
    "https://localhost",
    "https://LOCALHOST.",
    "https://sms.localhost",
    "https://127.1",
    "https://2130706433",
    "https://0x7f.0x0.0x0.0x1",
    "http://sms.example.cn",
]
TEXT = "虚构内容，供测试之用"


def at(settings: Settings, environment: Environment, url: str) -> Settings:
    secret = SecretStr("a fictitious secret")
    more = {"environment": environment, "sms_url": url, "sms_key": "key", "sms_secret": secret}
    return settings.model_copy(update=more)


@pytest.mark.parametrize("environment", [Environment.DEVELOPMENT, Environment.TEST])
@pytest.mark.parametrize("url", ELSEWHERE)
def test_what_is_not_production_sends_nowhere_but_to_a_loopback_address(
    settings: Settings, environment: Environment, url: str
) -> None:
    with pytest.raises(BadSettings, match="TONGJIAO_SMS_URL") as refused:
        SmsGateway(at(settings, environment, url))
    assert "example" not in str(refused.value) and "secret" not in str(refused.value)


@pytest.mark.parametrize("url", OURSELVES)
def test_production_does_not_send_to_itself_nor_without_encryption(settings: Settings, url: str) -> None:
    with pytest.raises(BadSettings, match="TONGJIAO_SMS_URL"):
        SmsGateway(at(settings, Environment.PRODUCTION, url))


async def test_each_has_an_address_that_it_takes(settings: Settings) -> None:
    good = {
        Environment.PRODUCTION: ("https://sms.example.cn/v1", "https://10.0.0.8:8443", "https://[fd00::8]"),
        Environment.DEVELOPMENT: ("http://127.0.0.1:9000/v1", "http://[::1]:9000"),
    }
    for environment, urls in good.items():
        for url in urls:
            async with SmsGateway(at(settings, environment, url)):
                pass


@pytest.mark.parametrize("missing", ["sms_key", "sms_secret", "sms_url"])
def test_the_settings_of_the_provider_belong_together(settings: Settings, missing: str) -> None:
    whole = at(settings, Environment.TEST, "http://127.0.0.1:9000")
    with pytest.raises(BadSettings, match="TONGJIAO_SMS_SECRET"):
        SmsGateway(whole.model_copy(update={missing: None}))


@pytest.mark.parametrize("environment", ["development", "test"])
def test_a_worker_with_such_an_address_does_not_start(environment: str) -> None:
    more = {
        "TONGJIAO_ENVIRONMENT": environment,
        "TONGJIAO_SMS_URL": "https://sms.example.cn",
        "TONGJIAO_SMS_KEY": "key",
        "TONGJIAO_SMS_SECRET": "a fictitious secret",
    }
    worker = subprocess.run(
        [sys.executable, "-m", "app.cli", "worker"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert worker.returncode != 0 and "TONGJIAO_SMS_URL" in worker.stderr
    assert "worker_started" not in worker.stderr and "secret" not in worker.stderr


async def test_a_message_is_taken_once_under_its_id_and_its_receipt_is_read(settings: Settings, sms: Provider) -> None:
    message = uuid7()
    async with SmsGateway(gateway_settings(settings, sms)) as gateway:
        assert await gateway.delivery(message) is Delivery.PENDING
        first = await gateway.send(message, NUMBER, TEXT)
        assert await gateway.send(message, "+85255550100", "another text") == first
        assert await gateway.delivery(message) is Delivery.DELIVERED
    assert sms.sent == {str(message): (NUMBER, TEXT)}
    assert all(request.headers["x-signature"] for request in sms.requests)


async def test_a_wrong_secret_is_no_answer(settings: Settings, sms: Provider) -> None:
    wrong = gateway_settings(settings, sms).model_copy(update={"sms_secret": SecretStr("another secret")})
    async with SmsGateway(wrong) as gateway:
        with pytest.raises(Unavailable):
            await gateway.send(uuid7(), NUMBER, TEXT)
    assert sms.sent == {}


@pytest.mark.parametrize("fault", Fault)
async def test_an_error_holds_neither_number_nor_text_nor_address(
    settings: Settings, sms: Provider, fault: Fault
) -> None:
    message = uuid7()
    async with SmsGateway(gateway_settings(settings, sms), seconds=0.3) as gateway:
        await gateway.send(message, NUMBER, TEXT)
        sms.fault = fault
        with pytest.raises((Unavailable, Refused)) as failed:
            if fault is Fault.ODD_STATUS:
                await gateway.delivery(message)
            await gateway.send(message, NUMBER, TEXT)
    error: BaseException | None = failed.value
    said = f"{failed.value!r}"
    assert error is not None and error.__cause__ is None and (error.__suppress_context__ or error.__context__ is None)
    assert NUMBER not in said and TEXT not in said and str(sms.port) not in said
    assert isinstance(error, Refused) == (fault is Fault.REFUSE)
