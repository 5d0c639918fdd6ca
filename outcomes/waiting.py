"""Waits for a job, for commands that a person or a script runs."""

import time
from collections.abc import Callable
from uuid import UUID

from registry.models import Job

PAUSE_SECONDS = 0.1


class GaveUpWaiting(Exception):
    """The job did not end in the time given."""


def wait_for(job_id: UUID, *, seconds: float, say: Callable[[str], None] = lambda words: None) -> Job:
    """The job once it is over; what it is doing is said as it changes."""
    ends, last = time.monotonic() + seconds, ""
    while time.monotonic() < ends:
        job = Job.objects.get(pk=job_id)
        if job.is_over:
            return job
        words = f"{job.get_state_display()}: {job.steps_done} of {job.steps_total or '?'} {job.step}".rstrip()
        if words != last:
            say(words)
            last = words
        time.sleep(PAUSE_SECONDS)
    raise GaveUpWaiting(f"Job {job_id} did not end in {seconds:.0f} s. Is a worker running? ./dev manage starts one.")
