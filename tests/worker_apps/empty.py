"""The project's worker, which also takes a job that asks for nothing: what the queue costs by itself."""

from uuid import UUID

from config.celery import app
from registry import jobs

EMPTY = "bench.empty"


@app.task(name=EMPTY)
def nothing(job_id: str) -> None:
    """Claim the job and mark it done."""
    with jobs.claimed(UUID(job_id)) as job:
        jobs.finish(job)


__all__ = ["app"]
