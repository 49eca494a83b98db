"""Starting the fictitious data platform: by itself, or inside a process that asks it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from fractions import Fraction

import uvicorn
from pydantic import SecretBytes, SecretStr

from app.demo.entries import ENTRIES
from app.demo.fate import Fate
from app.demo.register_faults import Faults
from app.demo.register_holdings import Holdings
from app.demo.register_server import KEY, PUBLIC_KEY, SECRET, SIGNING, Platform, create_registers
from app.settings import Settings


def serve_county(port: int, seed: int, scale: Fraction, faults: int, say: Callable[[str], None]) -> None:
    """Serve the county of a seed on 127.0.0.1 until Ctrl-C, and say by which settings a worker asks it."""
    sizes = {entry.stage.value: max(1, int(entry.children * scale)) for entry in ENTRIES}
    platform = Platform(Holdings.of_county(seed, sizes), Faults(Fate(seed), requests=faults))
    say(f"fictitious registers of {len(platform.holdings.forms)} children; ask them with")
    for name, value in environment_of(port).items():
        say(f"  {name}={value!r}")
    say("PUT /faults with always, requests, subjects says what goes wrong (docs/registers.md)")
    uvicorn.run(create_registers(platform), host="127.0.0.1", port=port, access_log=False, log_level="critical")


def environment_of(port: int) -> dict[str, str]:
    """The environment of a process that asks the platform at this port."""
    return {
        "TONGJIAO_REGISTERS_URL": f"http://127.0.0.1:{port}",
        "TONGJIAO_REGISTERS_KEY": KEY,
        "TONGJIAO_REGISTERS_SECRET": SECRET,
        "TONGJIAO_REGISTERS_PUBLIC_KEY": PUBLIC_KEY,
    }


def asking(settings: Settings, port: int) -> Settings:
    """The same settings with the platform at this port."""
    return settings.model_copy(
        update={
            "registers_url": f"http://127.0.0.1:{port}",
            "registers_key": KEY,
            "registers_secret": SecretStr(SECRET),
            "registers_public_key": SecretBytes(SIGNING.public_key().public_bytes_raw()),
        }
    )


class _Within(uvicorn.Server):
    """Inside a process that keeps its own signals; `up` once it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(platform: Platform, port: int = 0) -> AsyncIterator[int]:
    """The platform on a socket of this process; answers its port."""
    listening = socket.create_server(("127.0.0.1", port))
    service = create_registers(platform)
    config = uvicorn.Config(
        service, access_log=False, log_config=None, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
    )
    server = _Within(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.wait({task, asyncio.create_task(server.up.wait())}, return_when=asyncio.FIRST_COMPLETED)
        yield listening.getsockname()[1]
    finally:
        platform.closing.set()
        server.should_exit = True
        await task
        listening.close()
