"""Lists of applications: a guardian's own, and the caseworker's queue."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.lifecycle import Outcome
from app.applications.schemas import ApplicationBrief, ApplicationPage


async def own_list(session: AsyncSession, actor: Actor) -> list[ApplicationBrief]:
    """The actor's own children's applications, newest first."""
    rows = await queries.applications_of_guardian(session, actor.bureau, actor.person)
    return [ApplicationBrief.model_validate(row, from_attributes=True) for row in rows]


async def list_of_round(
    session: AsyncSession, actor: Actor, round_id: UUID, outcome: Outcome | None, after: UUID | None, limit: int
) -> ApplicationPage:
    """A page of a round's submitted applications, oldest first; raises `access.not_found` for an unknown round."""
    authorize(actor, "application.list", Target(actor.bureau))
    await queries.refuse_unknown_round(session, actor.bureau, round_id)
    rows = await queries.applications_after(session, actor.bureau, round_id, outcome, after, limit)
    briefs = [ApplicationBrief.model_validate(row, from_attributes=True) for row in rows]
    return ApplicationPage(applications=briefs, next=rows[-1].id if len(rows) == limit else None)
