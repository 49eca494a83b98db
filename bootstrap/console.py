"""What the bootstrap says, and the signals that tell it to stop."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ACTIVITY_SECONDS = 5.0

_received: list[int] = []


class BootstrapError(Exception):
    """What went wrong and what to do about it, printed without a traceback."""


class Interrupted(Exception):
    """A signal asked the bootstrap to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def catch_signals() -> None:
    """Note SIGINT, SIGTERM and SIGHUP instead of dying, so that they act only between two steps."""

    def note(number: int, frame: FrameType | None) -> None:
        _received.append(number)

    for number in REQUESTS:
        # nohup ignores SIGHUP on purpose
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, note)


def requests() -> tuple[int, ...]:
    """The signals received so far, oldest first."""
    return tuple(_received)


def pause(seconds: float) -> None:
    """Sleep; raises Interrupted if a signal has asked for the end."""
    time.sleep(seconds)
    if _received:
        raise Interrupted(_received[0])


def say(text: str) -> None:
    print(text, flush=True)


class Step:
    """A line that is open: `beat` shows that it goes on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.start = self.shown = time.monotonic()
        print(f"{text} …", end="", flush=True)

    def elapsed(self) -> float:
        return time.monotonic() - self.start

    def beat(self) -> None:
        """Call often: every few seconds the seconds so far (on a terminal) or a dot are shown."""
        on_terminal = sys.stdout.isatty()
        if time.monotonic() - self.shown < (1.0 if on_terminal else ACTIVITY_SECONDS):
            return
        self.shown = time.monotonic()
        print(f"\r{self.text} … {self.elapsed():.0f} s" if on_terminal else ".", end="", flush=True)


@contextmanager
def step(text: str) -> Iterator[Step]:
    """One line for a step that takes time, ended by the seconds it took."""
    line = Step(text)
    try:
        yield line
    except BaseException:
        print(f" stopped after {line.elapsed():.1f} s", flush=True)
        raise
    lead = f"\r{text} … " if sys.stdout.isatty() else " "
    print(f"{lead}{line.elapsed():.1f} s", flush=True)
