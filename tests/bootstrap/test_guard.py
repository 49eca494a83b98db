"""The process that cleans up after a bootstrap that could not do so itself."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bootstrap import guard

READY = "print('ready', flush=True); import time; time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY}"


@contextmanager
def group(code: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, process_group=0)
    assert process.stdout is not None
    with process:
        process.stdout.readline()
        yield process
        process.kill()


def test_at_the_end_of_its_orders_it_ends_every_group_by_force_if_need_be() -> None:
    with group(READY) as obedient, group(DEAF) as deaf, group(READY) as forgotten:
        watched = "".join(f"+ {process.pid} {signal.SIGTERM} 0.3\n" for process in (obedient, deaf, forgotten))
        command = [sys.executable, "-I", guard.__file__]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
            process.communicate(f"{watched}- {forgotten.pid}\n", timeout=10)
        assert obedient.wait(5) == -signal.SIGTERM
        assert deaf.wait(5) == -signal.SIGKILL
        assert forgotten.poll() is None
