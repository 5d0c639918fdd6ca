"""Thin Celery tasks: claim the row, call one function."""

from celery import shared_task

from registry.actions.imports import STEP, do_step
from registry.jobs import work
from registry.nightly import SWEEP, sweep_all


@shared_task(name=STEP)
def import_step(job_id: str) -> None:
    """Read, compare, commit or undo an uploaded file."""
    work(job_id, do_step)


@shared_task(name=SWEEP)
def nightly_sweep(job_id: str) -> None:
    """Hold the record against every rule."""
    work(job_id, sweep_all)
