"""A worker without the guard, for the negative control: it claims what is taken and keeps what it must not.

`celery -A tests.unguarded` loads the project's worker with the claim and the fence taken away.
"""

import django

django.setup()

from config.celery import app  # noqa: E402  (models can be imported only after setup)
from registry import jobs  # noqa: E402
from registry.models import Job  # noqa: E402


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
