"""A worker that delivers, in a process of its own: the addresses of its database and of the provider's port come in
TEST_WORKER_URL and TEST_SMS_PORT, the rest as for every process."""

import asyncio
import os

from app import logs
from app.cache import Cache
from app.gateways.sms import SmsGateway
from app.jobs.worker import run_worker
from app.messages.deliver import deliver_with
from app.messages.post import DELIVER
from app.settings import load_settings
from app.vault import Vault
from tests.jobs.bench import QUICK as TIMING
from tests.messages.parlour import QUICK, gateway_settings
from tests.messages.provider import Provider


async def work() -> None:
    settings = gateway_settings(load_settings(), Provider(int(os.environ["TEST_SMS_PORT"])))
    async with SmsGateway(settings) as sms:
        handlers = {DELIVER: deliver_with(Vault.of(settings), sms, QUICK)}
        await run_worker(os.environ["TEST_WORKER_URL"], handlers, Cache(settings.redis_url), timing=TIMING)


def main() -> None:
    logs.configure()
    asyncio.run(work())
