"""The kindergarten of the stage and what it files. All of it is fictitious."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from app.accounts.models import Organisation, RoleGrant
from app.schools import prospectus
from app.schools.models import School
from tests.schools.kindergartens import FILING

if TYPE_CHECKING:
    from tests.access.stage import Stage


async def open_kindergarten(stage: Stage) -> None:
    """A kindergarten of the school's office, and of this bureau alone."""
    founder = stage.county.world.founder()
    whose: dict[str, Any] = {"bureau": stage.bureau, "id": stage.kindergarten}
    place: dict[str, Any] = {"town": "t1", "east_m": 0, "north_m": 0, "valid_from": date(2020, 1, 1)}
    office: dict[str, Any] = {
        "person": stage.people["school"].person,
        "organisation": stage.kindergarten,
        "role": "school_office",
    }
    async with stage.database.transaction(founder) as session:
        session.add(Organisation(**whose, kind="school", name="虚构幼儿园"))
        await session.flush()
        kept: dict[str, Any] = {"ownership": "public", "stages": ["preschool"], "fictitious": True}
        session.add(School(**whose, name="虚构幼儿园", **kept, **place))
        session.add(RoleGrant(bureau=stage.bureau, valid_from=date(2026, 1, 1), **office))


async def file_prospectus(stage: Stage) -> None:
    """Filed, and not yet published."""
    filed = await stage.do("registrar", prospectus.file_prospectus, stage.kindergarten, FILING)
    stage.objects["prospectus"] = filed.id
