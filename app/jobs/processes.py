"""Processes for a handler's heavy computation, so that the worker's loop, and with it the heartbeat, goes on."""

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Processes:
    """Up to `count` processes, each started at need; a pool of which a process died is replaced."""

    def __init__(self, count: int = 2) -> None:
        self._count = count
        self._pool: ProcessPoolExecutor | None = None

    async def run(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """The function's answer; function, arguments and answer are pickled. Raises BrokenProcessPool, or what it
        raised."""
        if self._pool is None:
            # "spawn": a fork would carry the parent's connections and locks into the child.
            self._pool = ProcessPoolExecutor(self._count, get_context("spawn"), initializer=_begin)
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)
        except BrokenProcessPool:
            if self._pool is pool:
                self._pool = None
            raise

    def close(self) -> None:
        """End the processes at once, whatever they compute: the interpreter would wait for them at its exit."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.terminate()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _begin() -> None:
    """In the child: leave Ctrl-C to the parent, and do not outlive it (kill -9 of a worker orphans its pool)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    Thread(target=follow, daemon=True).start()
