"""Pages of jobs: one's own, one of them, the part of its page that changes, and what may be done with it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.models import Cohort
from registry import jobs
from registry.models import Job
from reports.job_kinds import KINDS
from reports.my_jobs import jobs_of, my_jobs, titled

PER_PAGE = 50
UNCHANGED = 204  # htmx swaps nothing


def job_of(request: HttpRequest, pk) -> Job:
    """A job of a kind that has a page, with its place in the queue; 404 for one over another's sites."""
    job = get_object_or_404(Job.objects.visible_to(request.user).with_place(), pk=pk)
    if job.kind not in KINDS:
        raise Http404
    return job


def job_context(request: HttpRequest, job: Job) -> dict:
    """A job with the words and addresses that its page needs."""
    kind = KINDS[job.kind]
    cohort = get_object_or_404(Cohort, pk=job.params["cohort"]) if "cohort" in job.params else None
    is_mine = job.requested_by_id == request.user.pk
    return {
        "job": job,
        "title": kind.title(job, cohort.name if cohort else ""),
        "done_url": kind.done_url(job, cohort, request.user) if job.state == Job.State.DONE else "",
        "open_words": kind.open_words,
        "may_cancel": is_mine and not job.is_over,
        "may_retry": is_mine and job.has_failed,
        "again": job.retries.order_by("-created_at").first() if job.has_failed else None,
        "was": standing(job),
        "synthetic": cohort is not None and cohort.studies.filter(synthetic=True).exists(),
        "section": "cohorts" if cohort else "pooling",
    }


def standing(job: Job) -> str:
    """What the changing part of a job's page depends on."""
    waits = job.place if job.state == Job.State.QUEUED else 0
    return f"{job.state}-{waits}-{job.steps_done}-{job.steps_total}-{job.step}"


def seen(request: HttpRequest, job: Job) -> None:
    """Whoever asked for a job and sees that it is over need not be told."""
    if job.is_over and job.noticed_at is None:
        jobs.notice(jobs=[job.pk], by=request.user)


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """The jobs that the reader asked for, newest first; those on the page are seen."""
    page = Paginator(jobs_of(request.user).with_place(), PER_PAGE).get_page(request.GET.get("page"))
    mine = titled(page)
    jobs.notice(jobs=[job.pk for job in mine], by=request.user)
    return render(request, "reports/job_list.html", {"page": page, "jobs": mine})


@require_safe
def job_news(request: HttpRequest) -> HttpResponse:
    """What every page says of the reader's jobs; nothing where it stands on the page already."""
    mine = my_jobs(request.user)
    if request.GET.get("was") == mine.mark:
        return HttpResponse(status=UNCHANGED)
    return render(request, "reports/_my_jobs.html", {"mine": mine})


@require_safe
def job_detail(request: HttpRequest, pk) -> HttpResponse:
    """A job's page, which keeps itself up to date."""
    job = job_of(request, pk)
    seen(request, job)
    return render(request, "reports/job.html", job_context(request, job))


@require_safe
def job_progress(request: HttpRequest, pk) -> HttpResponse:
    """The part of a job's page that changes; nothing where it stands on the page already."""
    job = job_of(request, pk)
    if request.GET.get("was") == standing(job):
        return HttpResponse(status=UNCHANGED)
    seen(request, job)
    return render(request, "reports/_progress.html", job_context(request, job))


@require_safe
def job_open(request: HttpRequest, pk) -> HttpResponse:
    """To what a job has made, or to its page where there is nothing."""
    job = job_of(request, pk)
    seen(request, job)
    return redirect(job_context(request, job)["done_url"] or reverse("job-detail", args=[job.pk]))


def acted(request: HttpRequest, pk, do: Callable[[Job], Job | None]) -> HttpResponse:
    """Do something with one's own job; a reader who only comes by is led to its page."""
    job = job_of(request, pk)
    if request.method == "POST":
        if job.requested_by_id != request.user.pk:
            raise PermissionDenied
        try:
            job = do(job) or job
        except jobs.TooLate as error:
            messages.warning(request, str(error))
    return redirect("job-detail", pk=job.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def job_cancel(request: HttpRequest, pk) -> HttpResponse:
    """Stop a job that waits or runs."""
    return acted(request, pk, lambda job: jobs.cancel(job=job, by=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
def job_retry(request: HttpRequest, pk) -> HttpResponse:
    """Ask once more for a job that failed or was stopped; its page is shown."""
    return acted(request, pk, lambda job: jobs.retry(job=job, by=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
def job_seen(request: HttpRequest, pk) -> HttpResponse:
    """Put the notice of a job away; the page keeps the others."""
    answer = acted(request, pk, lambda job: jobs.notice(jobs=[job.pk], by=request.user))
    return render(request, "reports/_my_jobs.html", {"mine": my_jobs(request.user)}) if request.htmx else answer
