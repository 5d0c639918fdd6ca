"""What each kind of job that has a page is called, and where it leads once it is done.

The parameters of these kinds carry the cohort's id as `cohort`, so a list of jobs is read with two queries; a sum of
several sites' tables is of no cohort.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from outcomes.asking import ANALYSE
from outcomes.freezes import FREEZE
from outcomes.models import Cohort, FreezeName, Plan, SentBundle
from outcomes.plans.shipped import NAMES
from outcomes.pooling.adding import POOL
from outcomes.pooling.sending import SUMMARISE
from registry.access import Permission
from registry.models import Job
from reports.document_access import readable
from reports.document_asking import DOCUMENT
from reports.releases.access import RELEASE


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """title: what the job makes, in words, of the job and its cohort's name; it asks the database nothing.

    done_url: where its result is shown, of the job, its cohort and the reader, once it is done.
    """

    title: Callable[[Job, str], str]
    done_url: Callable[[Job, Cohort | None, object], str]
    open_words: str


def analysis_title(job: Job, cohort: str) -> str:
    plan = job.params["plan"]
    words = f"{plan.get('title') or plan['name']} on {cohort}" if plan else f"Report of {cohort}"
    return f"{words}, from a freeze" if "freeze" in job.params else words


def report_url(job: Job, cohort: Cohort, user) -> str:
    """Where a job's results are shown: the report of the cohort, or of a plan that has a page; on the job's freeze."""
    name = job.params["plan"]["name"] if job.params["plan"] else ""
    of_freeze = f"?freeze={job.params['freeze']}" if "freeze" in job.params else ""
    if name in NAMES or Plan.objects.visible_to(user).filter(cohort=cohort, slug=name).exists():
        return reverse("plan-report", args=[cohort.slug, name]) + of_freeze
    return reverse("cohort-report", args=[cohort.slug]) + of_freeze


def freeze_title(job: Job, cohort: str) -> str:
    return f"Freeze “{job.params['name']}” of {cohort}"


def freeze_url(job: Job, cohort: Cohort, user) -> str:
    named = FreezeName.objects.filter(cohort=cohort, name=job.params["name"]).first()
    return reverse("freeze-detail", args=[named.freeze_id]) if named else reverse("freeze-list", args=[cohort.slug])


def files_title(job: Job, cohort: str) -> str:
    plan = job.params["plan_name"]
    return f"Files of {plan} on {cohort}" if plan else f"Files of the report of {cohort}"


def files_url(job: Job, cohort: Cohort, user) -> str:
    """The document, where the user may open it: made by this job, or kept before it."""
    document = readable(user).filter(key=job.params["key"]).first()
    return reverse("document-detail", args=[document.pk]) if document else ""


def release_title(job: Job, cohort: str) -> str:
    return f"Release of {cohort}"


def release_url(job: Job, cohort: Cohort, user) -> str:
    """The freeze, whose page lists its releases for who may share."""
    return f"{reverse('freeze-detail', args=[job.params['freeze']])}#releases"


def sum_title(job: Job, cohort: str) -> str:
    return f"Sum of the tables of {job.params['name']}"


def sum_url(job: Job, cohort: Cohort | None, user) -> str:
    return reverse("pooled-report", args=[job.params["slug"]])


def summary_title(job: Job, cohort: str) -> str:
    return f"Bundle of counts of {cohort}, {job.params['level']}"


def summary_url(job: Job, cohort: Cohort, user) -> str:
    """The bundle, where the user approves what leaves; nowhere else is it shown."""
    mine = SentBundle.objects.visible_to(user, Permission.SHARE)
    names = {"spec_id": job.params["spec"], "freeze_id": job.params["freeze"], "level": job.params["level"]}
    row = mine.filter(**names).first()
    return reverse("sharing-bundle", args=[row.pk]) if row else ""


KINDS: dict[str, JobKind] = {
    ANALYSE: JobKind(title=analysis_title, done_url=report_url, open_words="Open the report"),
    FREEZE: JobKind(title=freeze_title, done_url=freeze_url, open_words="Open the freeze"),
    DOCUMENT: JobKind(title=files_title, done_url=files_url, open_words="Open the files"),
    RELEASE: JobKind(title=release_title, done_url=release_url, open_words="Open the freeze"),
    POOL: JobKind(title=sum_title, done_url=sum_url, open_words="Open the pooled report"),
    SUMMARISE: JobKind(title=summary_title, done_url=summary_url, open_words="Open the bundle"),
}
