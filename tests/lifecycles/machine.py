"""Any order of acts that people could choose: hypothesis chooses, and after each act everything must hold."""

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from app.applications.lifecycle import EvidenceEvent
from app.offers.lifecycle import OfferEvent
from tests.lifecycles.ledger import INVARIANTS
from tests.lifecycles.story import HOMES
from tests.lifecycles.told import FORWARD, Told

families = st.integers(0, len(HOMES) - 1)
wishes = st.permutations(("s1", "s2", "s3")).flatmap(lambda order: st.integers(0, 3).map(lambda n: tuple(order[:n])))
SEATS = st.sampled_from([(2, 2, 2), (1, 3, 3), (4, 1, 1), (1, 2, 1)])
# Which verbs of the story lead back from a status.
BACK = {
    "ranked": ("rectifies",),
    "frozen": ("unfreezes", "annuls"),
    "drawn": ("annuls",),
    "verified": ("runs_again", "annuls"),
    "approved": ("annuls",),
    "proposed": ("annuls",),
    "final": ("annuls",),
    "answered": ("annuls",),
}
AGAIN = {"ranked": ("rectifies",), "frozen": ("unfreezes",), "verified": ("runs_again",)}
ACTS = {*FORWARD.values(), "run, worker killed", *(name for names in BACK.values() for name in names)}
ACTS |= {"submit", "withdraw", "check", "object", "decide", "accept", "wait", "decline", "withdraw place", "concludes"}
ACTS |= {"call", "report_arrived", "report_not_arrived"}
MOMENTS = st.sampled_from([None, None, None, 0.0, 0.05, 0.2])


def while_(*statuses: str) -> Callable[[Any], Any]:
    """The rule is there while the round is in one of these."""
    return precondition(lambda machine: machine.status in statuses)


class Lifecycles(Told):
    """The acts on the main round of a county."""

    done: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()

    def look(self) -> None:
        self.status = self.wait(self.story.row()).status.value

    @initialize(seats=SEATS)
    def begins(self, seats: tuple[int, ...]) -> None:
        self.story = self.wait(type(self).make(seats))
        self.status, self.keys = "open", 0
        for family in range(len(HOMES)):
            self.submits(family, ())

    @while_("open")
    @rule(family=families, wishes=wishes)
    def submits(self, family: int, wishes: tuple[str, ...]) -> None:
        self.keys += 1
        if self.act("submit", self.story.submits(family, wishes, f"story-{self.keys:08d}")):
            self.story.said[family] = "submitted"

    @while_("open")
    @rule(family=families)
    def withdraws(self, family: int) -> None:
        if self.act("withdraw", self.story.withdraws(family)):
            self.story.said[family] = "withdrawn"

    @while_("open", "closed")
    @rule(family=families, event=st.sampled_from(EvidenceEvent))
    def papers_are_checked(self, family: int, event: EvidenceEvent) -> None:
        self.act("check", self.story.checks(family, event))

    @while_(*FORWARD)
    @rule(steps=st.integers(1, 3), killed_after=MOMENTS)
    def the_round_goes_on(self, steps: int, killed_after: float | None) -> None:
        for _ in range(steps):
            name = FORWARD.get(self.status)
            if name == "run":
                self.onward("run" if killed_after is None else "run, worker killed", self.story.runs(killed_after))
            elif name is not None:
                self.onward(name, getattr(self.story, name)())

    @while_(*BACK)
    @rule(sure=st.booleans(), choice=st.integers(0, 5))
    def the_bureau_goes_back(self, sure: bool, choice: int) -> None:
        name = BACK[self.status][choice % len(BACK[self.status])]
        if sure:
            self.act(name, getattr(self.story, name)())

    @while_("ranked", "proposed")
    @rule(family=families, upheld=st.booleans())
    def a_family_objects(self, family: int, upheld: bool) -> None:
        objection = self.act("object", self.story.objects(family))
        if objection:
            self.act("decide", self.story.settles(objection, upheld))

    @while_("final", "answered", "concluded")
    @rule(family=families, event=st.sampled_from([OfferEvent.ACCEPT, OfferEvent.WAIT, OfferEvent.DECLINE]))
    def a_family_answers(self, family: int, event: OfferEvent) -> None:
        self.act(event.value, self.story.answers(family, event))

    @while_("final", "answered", "concluded")
    @rule(family=families)
    def an_officer_calls(self, family: int) -> None:
        self.act("call", self.story.calls(family))

    @while_("final", "answered")
    @rule(family=families)
    def the_bureau_takes_a_place_back(self, family: int) -> None:
        self.act("withdraw place", self.story.withdraws_place(family))

    @while_("answered", "concluded")
    @rule(family=families, event=st.sampled_from([OfferEvent.REPORT_ARRIVED, OfferEvent.REPORT_NOT_ARRIVED]))
    def a_school_reports(self, family: int, event: OfferEvent) -> None:
        self.act(event.value, self.story.reports(family, event))

    @while_("answered")
    @rule(sure=st.integers(0, 2))
    def the_round_ends(self, sure: int) -> None:
        if sure == 0:
            self.act("concludes", self.story.concludes())

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "story"):
            for holds in INVARIANTS:
                self.wait(holds(self.story))

    def families_speak(self) -> None:
        """So that a few examples do everything: who may object does, and who may answer."""
        if self.status == "proposed":
            self.a_family_objects(0, upheld=False)
        if self.status == "final":
            self.an_officer_calls(3)
            for family, event in enumerate((OfferEvent.ACCEPT, OfferEvent.WAIT, OfferEvent.DECLINE)):
                self.a_family_answers(family, event)
            self.the_bureau_takes_a_place_back(4)

    def teardown(self) -> None:
        """Whatever has happened, the round comes to its end from here, by every way back that it has not yet gone."""
        if not hasattr(self, "story"):
            return
        gone: set[str] = set()
        asked: set[str] = set()
        while self.status != "answered" and self.status != "concluded":
            if self.status not in asked:
                asked.add(self.status)
                self.families_speak()
            back = [name for name in AGAIN.get(self.status, ()) if name not in gone]
            if back:
                gone.add(back[0])
                self.act(back[0], getattr(self.story, back[0])())
            elif FORWARD[self.status] == "run":
                self.onward("run", self.story.runs(None))
            else:
                self.onward(FORWARD[self.status], getattr(self.story, FORWARD[self.status])())
        for family in range(len(HOMES)):
            event = OfferEvent.REPORT_NOT_ARRIVED if family % 3 else OfferEvent.REPORT_ARRIVED
            self.act(event.value, self.story.reports(family, event))
        if self.status == "answered":
            self.act("concludes", self.story.concludes())
        self.everything_holds()
