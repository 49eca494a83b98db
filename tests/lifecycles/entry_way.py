"""How the rounds of an entry go on, each in its turn or all at once, and back."""

from collections.abc import Callable
from random import Random
from typing import Any

from app.errors import ServiceError
from tests.lifecycles.entry import DRAWN, PUBLIC, Entry
from tests.lifecycles.entry_ledger import who_gave_a_private_place_up_ranks_last
from tests.lifecycles.told import FORWARD, Told

MOMENTS = (None, None, None, 0.0, 0.05, 0.2)
ANSWERED_NOW = ("final", "answered", "concluded")
CAN_BE_ANNULLED = ("frozen", "drawn", "verified", "approved", "proposed", "final", "answered")


Act = Callable[[Any, Random], None]


def while_any(names: tuple[str, ...], *statuses: str) -> Callable[[Act], Act]:
    """The act is there while one of these rounds is in one of these states."""

    def marked(act: Act) -> Act:
        act.when = lambda status: any(status.get(name) in statuses for name in names)  # type: ignore[attr-defined]
        return act

    return marked


class OnTheirWay(Told):
    """The rounds by name, and where each stands."""

    entry: Entry
    status: dict[str, str]

    def look(self) -> None:
        self.status = self.wait(self.entry.statuses())

    def once_a_list_is_final(self, name: str) -> None:
        raise NotImplementedError

    @while_any(("private",), *FORWARD)
    def the_private_round_goes_on(self, chance: Random) -> None:
        for _ in range(chance.randint(1, 4)):
            self.goes_on("private", False, chance.choice(MOMENTS))

    @while_any(PUBLIC, *FORWARD)
    def the_public_round_goes_on(self, chance: Random) -> None:
        for _ in range(chance.randint(1, 4)):
            name, again = "late" if self.status["main"] == "concluded" else "main", chance.random() < 0.5
            self.goes_on(name, again, chance.choice(MOMENTS))

    def goes_on(self, name: str, again: bool, killed_after: float | None = None) -> None:
        """A step; where something else is to be done first, that is done, and then the step must be possible."""
        for _ in range(4):
            verb = FORWARD.get(self.status.get(name, ""))
            if verb is None:
                return None
            try:
                return self.step(name, verb, again, killed_after)
            except ServiceError as refusal:
                if not self.does_first(name, refusal.code):
                    raise
        raise AssertionError(f"the {name} round is refused its way, whatever is done first")

    def step(self, name: str, verb: str, again: bool, killed_after: float | None) -> None:
        story = self.entry.rounds[name]
        if verb == "run":
            act = story.runs(killed_after)
            self.done["run, worker killed"] += killed_after is not None
        else:
            verb = verb if verb != "later_pass" or again else "concludes"
            act = getattr(story, verb)()
        self.onward(f"{verb} ({name})", act)
        if verb == "finalises":
            self.once_a_list_is_final(name)
        if verb == "freezes" and name in PUBLIC:
            self.wait(who_gave_a_private_place_up_ranks_last(self.entry, name))

    def does_first(self, name: str, code: str) -> bool:
        """What the refusal tells the office to do."""
        if code in ("round.list_outdated", "round.unsettled", "round.decided_otherwise"):
            self.onward("rectifies", self.entry.rounds[name].rectifies())
            self.onward("ranks again", self.entry.rounds[name].ranks())
            return True
        others = [one for one in DRAWN if one != name and self.status.get(one) in ("proposed", "final")]
        if code != "round.answers_elsewhere" or not others:
            return False
        while self.status[others[0]] != "answered":
            self.goes_on(others[0], False)
        return True

    @while_any(DRAWN, *CAN_BE_ANNULLED)
    def two_persons_annul(self, chance: Random) -> None:
        self.annul(chance.choice([name for name in DRAWN if self.status.get(name) in CAN_BE_ANNULLED]))

    def annul(self, name: str) -> None:
        before = self.status[name]
        if self.act("annul", self.entry.rounds[name].annuls()):
            self.done["annul published"] += before in ("proposed", *ANSWERED_NOW)
