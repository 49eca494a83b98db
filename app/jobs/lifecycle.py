"""The life of a job of the queue."""

from enum import StrEnum

from app.lifecycle import Machine


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobEvent(StrEnum):
    CLAIM = "claim"
    FINISH = "finish"
    FAIL = "fail"
    REQUEUE = "requeue"


JOB = Machine(
    "job",
    JobStatus.QUEUED,
    {
        (JobStatus.QUEUED, JobEvent.CLAIM): JobStatus.RUNNING,
        (JobStatus.RUNNING, JobEvent.CLAIM): JobStatus.RUNNING,
        (JobStatus.RUNNING, JobEvent.FINISH): JobStatus.DONE,
        (JobStatus.RUNNING, JobEvent.FAIL): JobStatus.FAILED,
        (JobStatus.FAILED, JobEvent.REQUEUE): JobStatus.QUEUED,
    },
)

WORDS = {
    JobStatus.QUEUED: ("排队中", "queued"),
    JobStatus.RUNNING: ("进行中", "running"),
    JobStatus.DONE: ("已完成", "done"),
    JobStatus.FAILED: ("失败", "failed"),
}
