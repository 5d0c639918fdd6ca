"""Thin Celery tasks: claim the row, call one function."""

from celery import shared_task

from outcomes.asking import ANALYSE
from outcomes.freezes import FREEZE, make_freeze
from outcomes.pooling.adding import POOL
from outcomes.pooling.adding import run_job as add_up
from outcomes.pooling.sending import SUMMARISE
from outcomes.pooling.sending import run_job as make_summary
from outcomes.running import run_job
from registry.jobs import work


@shared_task(name=ANALYSE)
def analyse(job_id: str) -> None:
    """Run a plan on a freeze of its cohort."""
    work(job_id, run_job)


@shared_task(name=FREEZE)
def freeze_cohort(job_id: str) -> None:
    """Make a named freeze."""
    work(job_id, make_freeze)


@shared_task(name=POOL)
def pool(job_id: str) -> None:
    """Add up what a pooling study's contributors have sent."""
    work(job_id, add_up)


@shared_task(name=SUMMARISE)
def summarise(job_id: str) -> None:
    """Make a site's bundle of a spec over a freeze."""
    work(job_id, make_summary)
