"""Whether a question still speaks of what the family says, and whether it bars a check."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.applications.lifecycle import RegisterStatus
from app.applications.models import Evidence, RegisterCheck
from app.applications.register_questions import NOTES, REGISTRATION
from app.errors import ServiceError


def still_claimed() -> ColumnElement[bool]:
    """Joins a question with the evidence that it rests on, as the family shows it now."""
    rests_on = case((col(RegisterCheck.kind).in_(NOTES), REGISTRATION), else_=col(RegisterCheck.kind))
    return and_(
        col(Evidence.bureau) == col(RegisterCheck.bureau),
        col(Evidence.application) == col(RegisterCheck.application),
        col(Evidence.kind) == rests_on,
        col(Evidence.content) == col(RegisterCheck.content),
    )


async def refuse_where_contradicted(session: AsyncSession, bureau: str, asked: Sequence[tuple[UUID, str]]) -> None:
    """Raise `register.contradicts`, naming the check, where a register says otherwise: that is decided by itself, with
    a reason, and not by ticking a list."""
    rows = await session.execute(
        select(col(RegisterCheck.application), col(RegisterCheck.kind))
        .join(Evidence, still_claimed())
        .where(
            col(RegisterCheck.bureau) == bureau,
            col(RegisterCheck.application).in_({application for application, _ in asked}),
            col(RegisterCheck.status) == RegisterStatus.CONTRADICTED,
        )
    )
    contradicted = {(row.application, row.kind) for row in rows}
    for index, pair in enumerate(asked):
        if pair in contradicted:
            raise ServiceError("register.contradicts", f"checks.{index}")
