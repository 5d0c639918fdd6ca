"""Thin Celery tasks: claim the row, call one function."""

from celery import shared_task

from registry.jobs import work
from reports.document_asking import DOCUMENT
from reports.document_running import run_job
from reports.releases import running as releases
from reports.releases.access import RELEASE


@shared_task(name=DOCUMENT)
def make_document(job_id: str) -> None:
    """Make a report's files."""
    work(job_id, run_job)


@shared_task(name=RELEASE)
def make_release(job_id: str) -> None:
    """Make a release's files."""
    work(job_id, releases.run_job)
