"""A family lists only what is open to it: asked when it submits, of the round's published programmes."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications.choices import Household, Standing, choices
from app.applications.form import Form
from app.applications.queries import HeldRound
from app.errors import ServiceError
from app.schools import queries as schools
from app.schools.queries import ProgrammeSeats
from app.schools.vocabulary import OpenTo

CODES = {
    OpenTo.CATCHMENT: "application.open_to_catchment",
    OpenTo.TOWN_NEW_RESIDENTS: "application.open_to_town",
    OpenTo.SERVICE_AREA: "application.open_to_service_area",
}


async def open_to_family(
    session: AsyncSession, bureau: str, held: HeldRound, form: Form, programmes: Mapping[str, ProgrammeSeats]
) -> None:
    """Raise one of CODES, naming the wish, where a programme listed is closed to the family of this form."""
    listed = [programmes[name] for name in form.preferences]
    if all(row.open_to == OpenTo.ANYONE for row in listed):
        return
    household = household_of(form)
    found = choices(
        household,
        listed,
        await schools.geography(session, bureau, held.as_of),
        await schools.catchment_schools(session, bureau, held.stage, held.as_of, household.communities),
        await schools.feeder_schools(session, bureau, held.as_of) if household.primary else {},
    )
    for index, choice in enumerate(found):
        if choice.standing is Standing.CLOSED:
            raise ServiceError(CODES[choice.open_to], f"preferences.{index}")


def household_of(form: Form) -> Household:
    """The household as the form has it; whoever is not registered elsewhere counts as registered at home. What it
    claims opens a wish at once: whether the claim is proved decides the keys."""
    declared = form.declared
    is_new = declared.registration.place not in (None, "county")
    registration = None if is_new else form.registration_community or form.residence_community
    leaver = declared.leaver
    return Household(
        form.residence_community,
        registration,
        leaver.school if leaver.kind == "county" else None,
        form.sibling_school,
        form.right_place_community,
    )
