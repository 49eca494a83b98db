"""What the programmes of a round are to a family, before it applies: for anyone, without an application."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.applications.choices import Choice, Household, choices
from app.errors import ServiceError
from app.rounds.queries import visible_round
from app.schools import queries as schools
from app.schools.queries import ProgrammeSeats
from app.schools.vocabulary import Stage


async def choices_of_round(
    session: AsyncSession, actor: Actor, round_id: UUID, household: Household
) -> list[tuple[Choice, ProgrammeSeats]]:
    """Each programme of the round, by id, as it stands to the household on the round's date.

    Raises `access.not_found`, `application.unknown_community`, `application.unknown_school` with the field at fault.
    """
    row = await visible_round(session, actor, round_id)
    geography = await schools.geography(session, row.bureau, row.as_of)
    named = {
        "community": household.residence,
        "registered": household.registration,
        "right_place": household.right_place,
    }
    for field, community in named.items():
        if community is not None and community not in geography.communities:
            raise ServiceError("application.unknown_community", field)
    programmes = await schools.programmes_of_round(session, row.bureau, row.id)
    elder = household.sibling_school
    if elder is not None and elder not in {programme.school for programme in programmes}:
        raise ServiceError("application.unknown_school", "sibling_school")
    found = choices(
        household,
        programmes,
        geography,
        await schools.catchment_schools(session, row.bureau, row.stage, row.as_of, household.communities),
        await schools.feeder_schools(session, row.bureau, row.as_of) if row.stage == Stage.JUNIOR else {},
    )
    return list(zip(found, programmes, strict=True))
