"""The counting worker, which also takes four kinds of poison; its time limits are seconds, so that a test can wait."""

import os
import resource
import signal
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from registry import jobs
from tests.worker_apps.effects import app

POISON = "campaign.poison"
ROOM = 200_000_000
app.conf.task_soft_time_limit, app.conf.task_time_limit = 1, 2
if os.environ.get("WITHOUT_CAP"):  # the negative control
    settings.JOB_MAX_ATTEMPTS = 1_000_000


def kill(job: jobs.Job) -> None:
    """As the kernel ends a process that took too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def leave(job: jobs.Job) -> None:
    """As a library in C that gives up."""
    os._exit(3)


def exhaust(job: jobs.Job) -> None:
    """Take memory until there is none."""
    now = Path("/proc/self/statm")
    pages = int(now.read_text().split()[0]) if now.exists() else 0
    limit = pages * resource.getpagesize() + ROOM
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        bytearray(2 * ROOM)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def loop(job: jobs.Job) -> None:
    """Never end, and take no hint."""
    while True:
        try:
            sum(range(1000))
        except SoftTimeLimitExceeded:
            continue


WAYS = {"kill": kill, "exit": leave, "memory": exhaust, "loop": loop}


@app.task(name=POISON)
def poison(job_id: str) -> None:
    """Do what no job should."""
    jobs.work(job_id, lambda job: WAYS[job.params["how"]](job))


__all__ = ["app"]
