"""Thin Celery tasks: claim the row, call one function."""

from uuid import UUID

import structlog
from celery import shared_task

from registry.jobs import NotClaimed, claimed
from reports.document_asking import DOCUMENT
from reports.document_running import run_job

log = structlog.get_logger("promontory.tasks")


@shared_task(name=DOCUMENT)
def make_document(job_id: str) -> None:
    """Make a report's files. Delivered twice, they are made once."""
    try:
        with claimed(UUID(job_id)) as job:
            run_job(job)
    except NotClaimed:
        log.info("nothing to claim", job=job_id)
