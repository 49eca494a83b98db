"""What officers do beside a result, and a town about a child's entry."""

from uuid import UUID

from app.applications import deferral_decide, deferrals
from app.applications.lifecycle import DeferralEvent
from app.errors import ServiceError
from app.offers import exception, redress
from app.offers.redress_case import Wanted
from app.offers.vocabulary import Ground
from tests.applications.test_deferrals import CERTIFICATE
from tests.lifecycles.entry import Entry
from tests.lifecycles.story import Story
from tests.rounds.life import REASON

OF_THE_CLERK = ("c1", "c2")


async def give_in_redress(story: Story, family: int, school: str, ground: Ground) -> UUID:
    """A place where the bureau erred, above the seats if need be."""
    wanted = Wanted(story.applications[family], story.programme(school), ground)
    act = await story.do("allocation", redress.propose_redress, story.round, wanted, REASON, True)
    given: UUID = await story.sealed("approval", redress.give, act.id, act.digest, REASON)
    return given


async def admit_the_twin(story: Story) -> UUID:
    """The second of twins whom the run has parted, beside the first."""
    found = await story.do("allocation", exception.parted_twins, story.round)
    if not found:
        raise ServiceError("exception.not_parted", "application")
    missed, programme = found[0].twins.missed.application, found[0].twins.programme
    act = await story.do("allocation", exception.propose_exception, story.round, missed, programme, REASON)
    admitted: UUID = await story.sealed("approval", exception.admit, act.id, act.digest, REASON)
    return admitted


async def ask_to_defer(entry: Entry, family: int) -> None:
    """By the family's application in the main round."""
    story = entry.main
    parent = story.parents[family]
    async with story.database.transaction(parent) as session:
        asked = await deferrals.request_deferral(session, story.vault, parent, story.applications[family], CERTIFICATE)
    entry.deferrals[family] = asked[0]


async def decide_deferral(entry: Entry, family: int, event: DeferralEvent) -> None:
    """The town, where the family lives in one that has a clerk, and otherwise the bureau."""
    story = entry.main
    who = entry.clerk if story.homes[family] in OF_THE_CLERK else story.staff("casework")
    async with story.database.transaction(who) as session:
        await deferral_decide.decide_deferral(
            session, story.vault, who, entry.deferrals[family], event, REASON if event is DeferralEvent.REFUSE else None
        )


async def take_deferral_back(entry: Entry, family: int) -> None:
    story = entry.main
    parent = story.parents[family]
    async with story.database.transaction(parent) as session:
        await deferrals.withdraw_deferral(session, story.vault, parent, entry.deferrals[family])
