"""What each kind of job that has a page is called, and where it leads once it is done.

The parameters of each of these kinds carry the cohort's id as `cohort`, so a list of jobs is read with two queries.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from outcomes.asking import ANALYSE
from outcomes.models import Cohort, Plan
from outcomes.plans.shipped import NAMES
from registry.models import Job


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """title: of a job on a cohort, in words, without a query. done_url: where its result is shown, once it is done."""

    title: Callable[[Job, Cohort], str]
    done_url: Callable[[Job, Cohort, object], str]
    open_words: str


def analysis_title(job: Job, cohort: Cohort) -> str:
    plan = job.params["plan"]
    words = f"{plan.get('title') or plan['name']} on {cohort.name}" if plan else f"Report of {cohort.name}"
    return f"{words}, from a freeze" if "freeze" in job.params else words


def report_url(job: Job, cohort: Cohort, user) -> str:
    """Where a job's results are shown: the report of the cohort, or of a plan that has a page; on the job's freeze."""
    name = job.params["plan"]["name"] if job.params["plan"] else ""
    of_freeze = f"?freeze={job.params['freeze']}" if "freeze" in job.params else ""
    if name in NAMES or Plan.objects.visible_to(user).filter(cohort=cohort, slug=name).exists():
        return reverse("plan-report", args=[cohort.slug, name]) + of_freeze
    return reverse("cohort-report", args=[cohort.slug]) + of_freeze


KINDS: dict[str, JobKind] = {
    ANALYSE: JobKind(title=analysis_title, done_url=report_url, open_words="Open the report"),
}
