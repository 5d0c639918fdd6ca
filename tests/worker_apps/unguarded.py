"""The slow worker without the guard, for the negative control: it claims what is taken and keeps what it must not."""

from registry import jobs
from registry.models import Job
from tests.worker_apps.slow import app


def claim_anything(job_id):
    """What claim would be without a condition."""
    Job.objects.filter(pk=job_id).update(state=Job.State.RUNNING)
    return Job.objects.select_related("requested_by").get(pk=job_id)


def hold_anything(job):
    """What held would be without the fence."""
    return Job.objects.filter(pk=job.pk)


jobs.claim = claim_anything
jobs.held = hold_anything

__all__ = ["app"]
