"""Which results a cohort's pages show: those of its newest overview, or of a plan, over the reader's sites."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db.models import F, Max, OuterRef, Subquery

from outcomes.asking import asked_jobs
from outcomes.cohorts import visible_cohorts
from outcomes.freeze import CannotFreeze, freeze
from outcomes.models import Cohort, Freeze, Result
from registry.access import Permission
from registry.models import Job


def reader_sites(cohort: Cohort, user) -> list:
    """The ids of the sites whose report the reader is shown, sorted as jobs and results keep them.

    Who may ask for analyses at some of the cohort's sites is shown those; who may not, all that they may read.
    """
    asks = list(cohort.sites_for(user, Permission.ASK_ANALYSES).values_list("pk", flat=True))
    return sorted(asks or cohort.sites_for(user).values_list("pk", flat=True))


def asked_for(cohort: Cohort, user, plan: str | Mapping | None = None, freeze: Freeze | None = None):
    """The jobs of a plan, or of the overview, newest first: over exactly the reader's sites, or on a freeze.

    plan: as asked_jobs takes it. A freeze that the reader may see is of sites all of which they may read.
    """
    sites = reader_sites(cohort, user) if freeze is None else freeze.site_ids
    return asked_jobs(cohort, plan, freeze).filter(site_ids=sites)


def done_and_under_way(cohort: Cohort, user, plan: str | Mapping | None = None, freeze: Freeze | None = None):
    """(the newest job that is done, the newest that waits or runs) of a plan, or of the overview; None for none."""
    asked = asked_for(cohort, user, plan, freeze)
    return asked.filter(state=Job.State.DONE).first(), asked.filter(state__in=Job.UNDER_WAY).first()


def newest_done(cohort: Cohort, user, plan: str | Mapping | None = None, freeze: Freeze | None = None) -> Job | None:
    """The newest job of a plan, or of the overview, that is done."""
    return asked_for(cohort, user, plan, freeze).filter(state=Job.State.DONE).first()


def in_progress(cohort: Cohort, user, plan: str | Mapping | None = None, freeze: Freeze | None = None) -> Job | None:
    """A job of a plan, or of the overview, that is waiting or running."""
    return asked_for(cohort, user, plan, freeze).filter(state__in=Job.UNDER_WAY).first()


def latest_overview(cohort: Cohort, user) -> list[Result]:
    """The newest overview's results in the order of their plan; [] where there is none yet."""
    return results_of(newest_done(cohort, user))


def results_of(job: Job | None) -> list[Result]:
    """A job's results in the order of their plan, with their freeze's manifest; [] where there is no job."""
    if job is None:
        return []
    results = job.results.select_related("freeze").defer(*(f"freeze__{name}" for name in Freeze.TABLES))
    return list(results.order_by("place"))


def reported_on(freeze: Freeze, user) -> dict[str | None, datetime]:
    """{plan: when its newest report on this freeze was computed}; the overview is None."""
    mine = Result.objects.visible_to(user).filter(freeze=freeze).order_by()
    return dict(mine.values_list("job__params__plan__name").annotate(Max("created_at")))


def current_overview(cohort: Cohort, user) -> list[Result]:
    """The newest overview's results where the record and the program are still as they were; else []."""
    results = latest_overview(cohort, user)
    if not results or results[0].envelope["program_version"] != settings.PROGRAM_VERSION:
        return []
    try:
        now = freeze(cohort, reader_sites(cohort, user))
    except CannotFreeze:
        return []
    return results if now.digest == results[0].freeze.digest else []


def reported_cohorts(user) -> list[Cohort]:
    """The cohorts a user may see, each with `reported_at` and `procedures` of its newest overview, and its studies."""
    overviews = Result.objects.visible_to(user).filter(cohort=OuterRef("pk"), job__params__plan=None)
    newest = overviews.order_by("-created_at")
    cohorts = visible_cohorts(user).annotate(
        reported_at=Subquery(newest.values("created_at")[:1]),
        procedures=Subquery(newest.values("freeze__manifest__flow__procedures")[:1]),
    )
    return list(cohorts.prefetch_related("studies").order_by(F("slug")))
