"""Thin Celery tasks: claim the row, call one function."""

from uuid import UUID

import structlog
from celery import shared_task

from outcomes.asking import ANALYSE
from outcomes.freezes import FREEZE, make_freeze
from outcomes.running import run_job
from registry.jobs import NotClaimed, claimed

log = structlog.get_logger("promontory.tasks")


@shared_task(name=ANALYSE)
def analyse(job_id: str) -> None:
    """Run a plan on a freeze of its cohort. Delivered twice, it is done once."""
    try:
        with claimed(UUID(job_id)) as job:
            run_job(job)
    except NotClaimed:
        log.info("nothing to claim", job=job_id)


@shared_task(name=FREEZE)
def freeze_cohort(job_id: str) -> None:
    """Make a named freeze. Delivered twice, it is done once."""
    try:
        with claimed(UUID(job_id)) as job:
            make_freeze(job)
    except NotClaimed:
        log.info("nothing to claim", job=job_id)
