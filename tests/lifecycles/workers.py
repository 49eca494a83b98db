"""The worker that a story has, started when it is needed and killed when the story says so."""

import asyncio
import os
import sys
from pathlib import Path

from app.settings import Settings

ROOT = Path(__file__).parents[2]
SCRIPT = "from tests.lifecycles.worker import main; main()"


class Workers:
    """At most one worker at a time, as a process."""

    def __init__(self, settings: Settings) -> None:
        self._addresses = {"TEST_WORKER_URL": settings.worker_database_url, "REDIS_URL": settings.redis_url}
        self._process: asyncio.subprocess.Process | None = None

    async def there(self) -> None:
        """A worker works."""
        if self._process is not None:
            return
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SCRIPT), cwd=ROOT, env=os.environ | self._addresses, stderr=asyncio.subprocess.PIPE
        )
        assert self._process.stderr is not None
        assert b"worker_started" in await asyncio.wait_for(self._process.stderr.readline(), 60)
        self._drained = asyncio.create_task(self._process.stderr.read())

    async def kill(self) -> None:
        """SIGKILL, whatever it is at."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            await self._drained
            self._process = None
