"""The jobs that a person asked for: those under way, and those that ended and were not seen yet."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone

from outcomes.models import Cohort
from registry.models import Job
from reports.job_kinds import KINDS

NEWS_FOR = timedelta(days=1)
MOST = 20


@dataclass(frozen=True)
class MyJobs:
    """What a page says of the reader's jobs. `mark` changes with it: a page that has it need not be sent it again."""

    under_way: list[Job]
    ended: list[Job]

    @property
    def mark(self) -> str:
        states = "".join(f"{job.pk}{job.state}" for job in (*self.under_way, *self.ended))
        return hashlib.sha256(states.encode()).hexdigest()[:12]


def jobs_of(user) -> QuerySet:
    """A person's own jobs that have a page, newest first, each with its cohort's name."""
    mine = Job.objects.visible_to(user).filter(requested_by=user, kind__in=KINDS)
    cohort = Cohort.objects.filter(pk=Cast(KeyTextTransform("cohort", OuterRef("params")), UUIDField()))
    return mine.annotate(cohort_name=Subquery(cohort.values("name")[:1])).order_by("-created_at")


def titled(jobs) -> list[Job]:
    """The jobs, each with its `title`."""
    found = list(jobs)
    for job in found:
        job.title = KINDS[job.kind].title(job, job.cohort_name or "a cohort")
    return found


def my_jobs(user) -> MyJobs:
    """One query, on every page."""
    news = Q(noticed_at=None, finished_at__gt=timezone.now() - NEWS_FOR)
    jobs = titled(jobs_of(user).filter(Q(state__in=Job.UNDER_WAY) | news)[:MOST])
    return MyJobs([job for job in jobs if not job.is_over], [job for job in jobs if job.is_over])
