"""The primary school that a child leaves: asked for entry to grade 7, and of nobody else."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications.form import Form
from app.applications.queries import WITHIN_YEAR, HeldRound
from app.eligibility.facts import Leaver
from app.errors import ServiceError
from app.schools import queries as schools
from app.schools.vocabulary import Stage

KIND, SCHOOL = "facts.leaver.kind", "facts.leaver.school"
OF_THE_COUNTY = "county"


def asked(held: HeldRound) -> bool:
    """Entry to grade 7 follows from leaving primary school; who comes within the year comes from any school."""
    return held.stage == Stage.JUNIOR and held.kind != WITHIN_YEAR


def answered(held: HeldRound, form: Form) -> None:
    """A form for grade 7 says where the child finishes primary school, and which school of the county that is.

    Raises `application.leaver_missing`, `application.leaver_school_missing`; a draft may still lack it.
    """
    said = form.declared.leaver
    if not asked(held):
        return
    if said.kind is None:
        raise ServiceError("application.leaver_missing", KIND)
    if said.kind == OF_THE_COUNTY and said.school is None:
        raise ServiceError("application.leaver_school_missing", SCHOOL)


async def known_primary_school(session: AsyncSession, bureau: str, held: HeldRound, form: Form) -> None:
    """Raises `application.leaver_not_asked`, `application.leaver_school_unknown`, naming the field at fault."""
    said = form.declared.leaver
    if not asked(held):
        if said != Leaver():
            raise ServiceError("application.leaver_not_asked", "facts.leaver")
        return
    if said.school is None:
        return
    if said.kind != OF_THE_COUNTY:
        raise ServiceError("application.leaver_not_asked", SCHOOL)
    if not await schools.is_standing_school(session, bureau, said.school, Stage.PRIMARY, held.as_of):
        raise ServiceError("application.leaver_school_unknown", SCHOOL)
