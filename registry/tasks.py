"""Thin Celery tasks: claim the row, call one function."""

from uuid import UUID

import structlog
from celery import shared_task

from registry.actions.imports import STEP, do_step
from registry.jobs import NotClaimed, claimed
from registry.nightly import SWEEP, sweep_all

log = structlog.get_logger("promontory.tasks")


@shared_task(name=STEP)
def import_step(job_id: str) -> None:
    """Read, compare, commit or undo an uploaded file. Delivered twice, it is done once."""
    try:
        with claimed(UUID(job_id)) as job:
            do_step(job)
    except NotClaimed:
        log.info("nothing to claim", job=job_id)


@shared_task(name=SWEEP)
def nightly_sweep(job_id: str) -> None:
    """Hold the record against every rule. Delivered twice, it is done once."""
    try:
        with claimed(UUID(job_id)) as job:
            sweep_all(job)
    except NotClaimed:
        log.info("nothing to claim", job=job_id)
