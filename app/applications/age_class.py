"""A family lists a kindergarten's class of the child's own age, or a mixed one: which that is, the ruleset says."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications.assessment import ruleset_of
from app.applications.form import Form
from app.applications.published_rules import ruleset_in_force
from app.applications.queries import HeldRound
from app.errors import ServiceError
from app.schools.vocabulary import AGE_CLASS_WORDS, Stage, suits


async def of_own_age_class(
    session: AsyncSession, bureau: str, held: HeldRound, form: Form, listed: Sequence[str]
) -> None:
    """`listed`: the class of each wish. Raises `application.other_age_class`, naming the wish at fault."""
    if held.stage != Stage.PRESCHOOL or not listed:
        return
    ruleset = ruleset_of((await ruleset_in_force(session, bureau, held.ruleset)).text)
    own = ruleset.age_class(form.child.born_on)
    for index, offered in enumerate(listed):
        if not suits(offered, own):
            (own_zh, own_en), (listed_zh, listed_en) = AGE_CLASS_WORDS[own], AGE_CLASS_WORDS[offered]
            raise ServiceError(
                "application.other_age_class",
                f"preferences.{index}",
                own_zh=own_zh,
                own_en=own_en,
                listed_zh=listed_zh,
                listed_en=listed_en,
            )
