"""Following a job, and asking for a failed one again."""

from dataclasses import asdict
from uuid import UUID

from fastapi import APIRouter

from app.accounts.calls import HeldCache, Session, SignedIn
from app.jobs import queries, service
from app.jobs.lifecycle import JobStatus
from app.jobs.schemas import JobOut, Requeued

router = APIRouter(tags=["jobs"])


@router.get("/jobs/{job}", operation_id="read_job")
async def read_job(job: UUID, session: Session, actor: SignedIn, cache: HeldCache) -> JobOut:
    """Status and, while it runs, progress of a job of the caller's bureau."""
    state = await queries.job_by_id(session, actor, job)
    running = state.status == JobStatus.RUNNING
    done, total = (await cache.progress(str(job)) if running else None) or (None, None)
    return JobOut(**asdict(state), done=done, total=total)


@router.post("/jobs/{job}/requeue", operation_id="requeue_job")
async def requeue_job(job: UUID, session: Session, actor: SignedIn) -> Requeued:
    """Put a failed job into the queue again."""
    again = await service.requeue(session, actor, job)
    return Requeued(id=again.id, status=JobStatus(again.status))
