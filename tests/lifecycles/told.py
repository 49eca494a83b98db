"""What every machine has: the loop of the test, in whose thread all that is asynchronous runs, and a count of acts."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from app.errors import ServiceError
from app.lifecycle import TransitionRefused

# Which verb of a story leads on from the status of its round.
FORWARD = {
    "open": "closes",
    "closed": "ranks",
    "ranked": "freezes",
    "frozen": "draws",
    "drawn": "run",
    "verified": "approve",
    "approved": "proposes",
    "proposed": "finalises",
    "final": "ends_answers",
    "answered": "later_pass",
}


class Told(RuleBasedStateMachine):
    """`make` builds what is told; `acts` are those of this example, `done` and `refused` count those of all."""

    make: ClassVar[Callable[[tuple[int, ...]], Coroutine[Any, Any, Any]]]
    loop: ClassVar[asyncio.AbstractEventLoop]
    done: ClassVar[Counter[str]]
    refused: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[str] = []

    def wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(120)

    def look(self) -> None:
        """See where things stand after an act."""
        raise NotImplementedError

    def onward(self, name: str, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """An act that must be possible: no office is refused the way forward, since a round that cannot go on has lost
        its children."""
        self.acts.append(name)
        answer = self.wait(coroutine)
        self.done[name] += 1
        self.look()
        return True if answer is None else answer

    def act(self, name: str, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The act's answer, or None where it is refused; what it left is for the invariants."""
        try:
            return self.onward(name, coroutine)
        except (ServiceError, TransitionRefused) as refusal:
            self.acts[-1] += f" (refused: {refusal})"
            self.refused[f"{name}: {refusal}"] += 1
            self.look()
            return None
