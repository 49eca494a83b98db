"""Whatever people do in any round of an entry: a private one beside the main one, a late one, one within the year."""

from collections import Counter
from random import Random
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from app.applications.lifecycle import DeferralEvent, EvidenceEvent
from app.offers.lifecycle import OfferEvent
from app.offers.vocabulary import Ground
from tests.county import SCHOOLS
from tests.lifecycles import mending
from tests.lifecycles.entry import DRAWN, FIRST, PUBLIC, TWINS, Held
from tests.lifecycles.entry_ledger import holds
from tests.lifecycles.entry_way import ANSWERED_NOW, OnTheirWay, while_any
from tests.lifecycles.told import FORWARD

SEATS = ((1, 1, 2), (2, 1, 1), (1, 1, 1), (2, 1, 2))
# Each step of every round, but for the later passes (machine.py has them); and what an entry has besides.
ACTS = {f"{verb} ({name})" for verb in (*FORWARD.values(), "concludes") for name in DRAWN}
ACTS -= {f"later_pass ({name})" for name in DRAWN}
ACTS |= {f"apply ({name})" for name in (*DRAWN, "within")} | {"place within the year", "plan late round"}
ACTS |= {"give up (private)", "give up (within)", "redress", "admit twin", "withdraw place", "annul published"}
ACTS |= {"defer, by the town", "take deferral back", "run, worker killed", "check", "call"}
FAMILIES, EVENTS = (*FIRST, 6, 7), tuple(EvidenceEvent)
DECISIONS = (DeferralEvent.APPROVE, DeferralEvent.APPROVE, DeferralEvent.REFUSE)
ANSWERS = (OfferEvent.ACCEPT, OfferEvent.WAIT, OfferEvent.DECLINE)
REPORTS = (OfferEvent.REPORT_ARRIVED, OfferEvent.REPORT_NOT_ARRIVED)
TAKEN = ("open", "accepted", "waiting")


class Entries(OnTheirWay):
    """The acts of families and officers; the rounds go on as `OnTheirWay` has it.

    Hypothesis chooses a year by one number: its first ten examples are small by design, with most rules switched off,
    and ten whole years would take too long."""

    done: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()

    @initialize(number=st.integers(0, 2**31))
    def begins(self, number: int) -> None:
        self.chance, self.keys, self.annulled_once = Random(number), 0, False
        self.entry = self.wait(type(self).make(self.chance.choice(SEATS)))
        self.look()
        for family in FIRST:
            self.applies("main", family, ())
        for family in (0, 1, 4):
            self.applies("private", family, ("m1",))
        self.a_deferral_is_asked_for(self.chance)
        if self.chance.random() < 0.5:
            self.a_deferral_is_taken_back(self.chance)

    def applies(self, name: str, family: int, wishes: tuple[str, ...]) -> None:
        self.keys += 1
        story = self.entry.rounds[name]
        if self.act(f"apply ({name})", story.submits(family, wishes, f"entry-{self.keys:08d}")):
            story.said[family] = "submitted"

    def one_of(self, chance: Random, *statuses: str) -> Held | None:
        """Some family's newest offer, among those in these states."""
        found = [held for held in self.wait(self.entry.held()) if held.status in statuses]
        return chance.choice(found) if found else None

    @while_any(DRAWN, "open")
    def a_family_applies(self, chance: Random) -> None:
        name = chance.choice([name for name in DRAWN if self.status.get(name) == "open"])
        wishes = tuple(chance.sample(sorted(SCHOOLS), chance.randint(0, 3)))
        self.applies(name, chance.choice(FAMILIES), ("m1",) if name == "private" else wishes)

    @while_any(PUBLIC, "open", "closed")
    def papers_are_checked(self, chance: Random) -> None:
        name = chance.choice([name for name in PUBLIC if self.status.get(name) in ("open", "closed")])
        story = self.entry.rounds[name]
        self.act("check", story.checks(chance.choice(sorted(story.applications)), chance.choice(EVENTS)))

    @while_any(("main",), "open", "closed", "ranked")
    def a_deferral_is_asked_for(self, chance: Random) -> None:
        family, event = chance.choice([one for one in FIRST if one not in TWINS]), chance.choice(DECISIONS)
        self.act("ask to defer", mending.ask_to_defer(self.entry, family))
        if family in self.entry.deferrals:
            town = self.entry.main.homes[family] in mending.OF_THE_CLERK and event is DeferralEvent.APPROVE
            name = "defer, by the town" if town else "decide on deferral"
            self.act(name, mending.decide_deferral(self.entry, family, event))

    @while_any(("main",), "open", "closed", "ranked", "frozen", "drawn")
    def a_deferral_is_taken_back(self, chance: Random) -> None:
        if self.entry.deferrals:
            family = chance.choice(sorted(self.entry.deferrals))
            self.act("take deferral back", mending.take_deferral_back(self.entry, family))

    @while_any(DRAWN, *ANSWERED_NOW)
    def a_family_answers(self, chance: Random) -> None:
        held, event = self.one_of(chance, *TAKEN, "declined"), chance.choice(ANSWERS)
        if held is not None:
            self.act(f"{event} ({held.round})", self.story(held).answers(held.family, event))

    @while_any(("private",), "final")
    def a_private_place_is_given_up(self, chance: Random) -> None:
        self.gives_up(chance, "private")

    def gives_up(self, chance: Random, name: str) -> None:
        held = [one for one in self.wait(self.entry.held()) if one.round == name and one.status in TAKEN]
        if held:
            one = chance.choice(held)
            self.act(f"give up ({name})", self.story(one).answers(one.family, OfferEvent.DECLINE))

    @while_any(DRAWN, *ANSWERED_NOW)
    def an_officer_calls(self, chance: Random) -> None:
        held = self.one_of(chance, *TAKEN)
        if held is not None:
            self.act("call", self.story(held).calls(held.family))

    @while_any(DRAWN, *ANSWERED_NOW)
    def the_bureau_takes_a_place_back(self, chance: Random) -> None:
        held = self.one_of(chance, *TAKEN)
        if held is not None:
            self.act("withdraw place", self.story(held).withdraws_place(held.family))

    @while_any(DRAWN, *ANSWERED_NOW)
    def a_school_reports(self, chance: Random) -> None:
        held, event = self.one_of(chance, *TAKEN, "not_arrived"), chance.choice(REPORTS)
        if held is not None:
            self.act(event.value, self.story(held).reports(held.family, event))

    @while_any(PUBLIC, *ANSWERED_NOW)
    def the_bureau_mends_its_error(self, chance: Random) -> None:
        name = chance.choice([name for name in PUBLIC if self.status.get(name) in ANSWERED_NOW])
        story = self.entry.rounds[name]
        wronged, school = sorted(story.applications), chance.choice(sorted(SCHOOLS))
        for family, ground in chance.sample([(one, ground) for one in wronged for ground in Ground], 12):
            if self.act("redress", mending.give_in_redress(story, family, school, ground)):
                return

    @while_any(PUBLIC, "final")
    def a_twin_is_admitted_beside_the_other(self, chance: Random) -> None:
        for name in PUBLIC:
            if self.status.get(name) == "final":
                self.act("admit twin", mending.admit_the_twin(self.entry.rounds[name]))

    @while_any(("within",), "open")
    def a_family_comes_within_the_year(self, chance: Random) -> None:
        self.comes_within_the_year(chance.choice(FAMILIES))

    def comes_within_the_year(self, family: int) -> None:
        self.applies("within", family, ())
        if family in self.entry.within.applications:
            self.act("check", self.entry.within.checks(family, EvidenceEvent.CONFIRM))
            self.places()

    def places(self) -> None:
        placed = self.onward("place", self.entry.within.places())
        self.done["place within the year"] += len(placed.offered)

    @while_any(("main",), "concluded")
    def a_late_round_is_planned(self, chance: Random) -> None:
        if "late" not in self.status:
            self.plans_late()

    def plans_late(self) -> None:
        self.onward("plan late round", self.entry.plan_late())
        for family in (*FIRST, 6, 7):
            self.applies("late", family, ("s3", "s1"))

    @rule()
    def somebody_acts(self) -> None:
        possible = [act for act in (*OFTEN, *OFTEN, *SELDOM) if act.when(self.status)]  # type: ignore[attr-defined]
        self.chance.choice(possible)(self, self.chance)

    def story(self, held: Held) -> Any:
        return self.entry.rounds[held.round]

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "entry"):
            try:
                self.wait(holds(self.entry))
            except AssertionError as error:
                error.add_note("\n".join(self.acts))
                raise

    def once_a_list_is_final(self, name: str) -> None:
        """What few years would come to by chance."""
        if self.chance.random() < 0.3:
            return
        if name == "private":
            self.a_private_place_is_given_up(self.chance)
        else:
            self.a_twin_is_admitted_beside_the_other(self.chance)
            self.the_bureau_mends_its_error(self.chance)
        self.the_bureau_takes_a_place_back(self.chance)
        self.an_officer_calls(self.chance)
        self.everything_holds()
        if not self.annulled_once and self.chance.random() < 0.5:
            self.annulled_once = True
            self.annul(name)
            self.everything_holds()

    def teardown(self) -> None:
        """Whatever has happened, every round comes to its end from here, the late one with it."""
        if not hasattr(self, "entry"):
            return
        for name in DRAWN:
            if name == "late" and "late" not in self.status:
                self.a_family_comes_within_the_year(self.chance)
                self.plans_late()
            while self.status[name] != "concluded":
                self.goes_on(name, self.chance.random() < 0.3)
                self.everything_holds()
        for family in FAMILIES:
            self.comes_within_the_year(family)
        self.everything_holds()
        self.gives_up(self.chance, "within")
        self.places()
        self.everything_holds()


OFTEN = (
    Entries.the_public_round_goes_on,
    Entries.the_private_round_goes_on,
    Entries.a_family_answers,
    Entries.a_private_place_is_given_up,
    Entries.a_family_comes_within_the_year,
)
SELDOM = (
    Entries.a_family_applies,
    Entries.papers_are_checked,
    Entries.a_deferral_is_asked_for,
    Entries.a_deferral_is_taken_back,
    Entries.an_officer_calls,
    Entries.the_bureau_takes_a_place_back,
    Entries.a_school_reports,
    Entries.the_bureau_mends_its_error,
    Entries.a_twin_is_admitted_beside_the_other,
    Entries.a_late_round_is_planned,
    Entries.two_persons_annul,
)
