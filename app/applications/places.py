"""Every community, school and programme that a form names exists in its round."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications.age_class import of_own_age_class
from app.applications.form import Form
from app.applications.leaver import known_primary_school
from app.applications.open_wishes import open_to_family
from app.applications.queries import WITHIN_YEAR, HeldRound
from app.applications.within_year import graded
from app.errors import ServiceError
from app.schools import queries as schools
from app.schools.queries import ProgrammeSeats


async def _offered(session: AsyncSession, bureau: str, held: HeldRound, form: Form) -> list[ProgrammeSeats]:
    """The programmes of the round, within the year those of the grade asked for."""
    programmes = await schools.programmes_of_round(session, bureau, held.id)
    return [row for row in programmes if held.kind != WITHIN_YEAR or row.grade == form.grade]


COMMUNITIES = ("residence_community", "registration_community", "right_place_community")


async def known_places(session: AsyncSession, bureau: str, held: HeldRound, form: Form) -> None:
    """Raises `application.unknown_programme`, `application.unknown_community`, `application.unknown_school`,
    `application.other_age_class`, and what `known_primary_school`, `graded` and `open_to_family` raise."""
    programmes = {}
    if form.preferences or form.sibling_school is not None:
        programmes = {row.id: row for row in await _offered(session, bureau, held, form)}
    for index, programme in enumerate(form.preferences):
        if programme not in programmes:
            raise ServiceError("application.unknown_programme", f"preferences.{index}")
    await of_own_age_class(session, bureau, held, form, [programmes[name].age_class for name in form.preferences])
    await known_communities(session, bureau, held, form)
    if form.sibling_school is not None and form.sibling_school not in {row.school for row in programmes.values()}:
        raise ServiceError("application.unknown_school", "sibling_school")
    await known_primary_school(session, bureau, held, form)
    graded(held, form)
    await open_to_family(session, bureau, held, form, programmes)


async def known_communities(session: AsyncSession, bureau: str, held: HeldRound, form: Form) -> None:
    """Raises `application.unknown_community`."""
    named = {name: getattr(form, name) for name in COMMUNITIES}
    known = await schools.known_communities(session, bureau, [place for place in named.values() if place], held.as_of)
    for field, place in named.items():
        if place is not None and place not in known:
            raise ServiceError("application.unknown_community", field)
