"""Pages of jobs: one job, and the part of its page that changes."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from outcomes.models import Cohort
from registry.models import Job
from reports.job_kinds import KINDS


def job_of(request: HttpRequest, pk) -> Job:
    """A job of a kind that has a page; 404 for one over another's sites."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    if job.kind not in KINDS:
        raise Http404
    return job


def job_context(request: HttpRequest, pk) -> dict:
    """A job with the words and addresses that its page needs."""
    job = job_of(request, pk)
    kind, cohort = KINDS[job.kind], get_object_or_404(Cohort, pk=job.params["cohort"])
    return {
        "job": job,
        "title": kind.title(job, cohort),
        "progress_url": reverse("job-progress", args=[job.pk]),
        "done_url": kind.done_url(job, cohort, request.user) if job.state == Job.State.DONE else "",
        "open_words": kind.open_words,
        "synthetic": cohort.studies.filter(synthetic=True).exists(),
        "section": "cohorts",
    }


@require_safe
def job_detail(request: HttpRequest, pk) -> HttpResponse:
    """A job's page, which keeps itself up to date."""
    return render(request, "reports/job.html", job_context(request, pk))


@require_safe
def job_progress(request: HttpRequest, pk) -> HttpResponse:
    """The part of a job's page that changes."""
    return render(request, "reports/_progress.html", job_context(request, pk))
