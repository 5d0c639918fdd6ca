"""The project's worker, which dies of any plan that is named poison."""

import os
import signal

from config.celery import app
from outcomes import tasks

run_job = tasks.run_job


def die_of_poison(job):
    """SIGKILL to oneself, as the kernel does to a process that took too much memory."""
    if job.params["plan"]["name"] == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    run_job(job)


tasks.run_job = die_of_poison

__all__ = ["app"]
