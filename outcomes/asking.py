"""Asks for analyses: a request is a row in the queue, written in the asker's transaction."""

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from outcomes.models import Cohort, Freeze, Result
from outcomes.plans.check import check_plan
from outcomes.plans.shipped import shipped
from registry import jobs
from registry.access import Permission
from registry.errors import Problem, Refused
from registry.models import Job, User

ANALYSE = "outcomes.analyse"
KEY_USED = jobs.KEY_USED


@transaction.atomic
def ask_analysis(
    *, cohort: Cohort, plan: dict | str | None, by: User, freeze: Freeze | None = None, idempotency_key: str = ""
) -> Job:
    """Ask for a plan's results on the cohort as it is now, or on a freeze of it that is kept.

    plan: a document, or the name of a shipped plan; None is the cohort's default plan, or the overview of all its
    instruments. The job covers the cohort's sites where the asker may ask for analyses, or all those of the freeze;
    what this program has computed on that freeze already is given back. PlanError where the plan is wrong, or there
    is none of this name.
    """
    if isinstance(plan, str):
        plan = shipped(plan)
    if plan is not None:
        check_plan(plan)
    sites = sites_to_analyse(cohort, by, freeze)
    done = None if idempotency_key or freeze is None else computed(freeze, plan)
    if done is not None:
        return done
    params = {"cohort": str(cohort.pk), "plan": plan} | ({"freeze": str(freeze.pk)} if freeze else {})
    return ask_once(kind=ANALYSE, params=params, site_ids=sites, by=by, idempotency_key=idempotency_key)


def ask_once(*, kind: str, params: dict, site_ids: list, by: User, idempotency_key: str) -> Job:
    """Ask for a job; the same key gives the same job. Refused where the key stands for another request."""
    job = jobs.ask(kind=kind, params=params, site_ids=site_ids, by=by, idempotency_key=idempotency_key)
    if (job.kind, job.params, job.site_ids) != (kind, params, site_ids):
        raise jobs.key_used(idempotency_key)
    return job


def sites_to_analyse(cohort: Cohort, by: User, freeze: Freeze | None) -> list:
    """The ids of the sites that a request covers, sorted. Refused where the asker may not ask for them."""
    sites = sorted(site.pk for site in cohort.sites_for(by, Permission.ASK_ANALYSES))
    if freeze is not None and freeze.cohort_id != cohort.pk:
        message = "That freeze is of another cohort."
        raise Refused([Problem(rule="A3", field="freeze", value=str(freeze.pk), message=message)])
    if freeze is not None and not set(freeze.site_ids) <= set(sites):
        message = "You may not ask for analyses at every site of this freeze."
        raise Refused([Problem(rule="A1", field="freeze", value=str(freeze.pk), message=message)])
    if not sites:
        message = "You may not ask for analyses at any site of this cohort."
        raise Refused([Problem(rule="A1", field="cohort", value=cohort.slug, message=message)])
    return sites if freeze is None else sorted(freeze.site_ids)


def asked_jobs(cohort: Cohort, plan: str | Mapping | None, freeze: Freeze | None = None):
    """The jobs that ask for a plan or the overview, newest first: of the cohort as it was then, or of one freeze.

    plan: a name, for every version of it and whatever else was asked by that name; a document, for just this one.
    """
    asks = {"params__plan__name": plan} if isinstance(plan, str) else {"params__plan": plan}
    jobs = Job.objects.filter(kind=ANALYSE, params__cohort=str(cohort.pk), **asks).order_by("-created_at")
    if freeze is None:
        return jobs.filter(params__freeze__isnull=True)
    of_freeze = Result.objects.filter(job=OuterRef("pk"), freeze=freeze)
    return jobs.filter(Q(params__freeze=str(freeze.pk)) | Exists(of_freeze))


def computed(freeze: Freeze, plan: dict | None) -> Job | None:
    """The newest job that has this plan's results on this freeze by this version of the program."""
    jobs = asked_jobs(freeze.cohort, plan, freeze).filter(state=Job.State.DONE)
    mine = Result.objects.filter(job=OuterRef("pk"), envelope__program_version=settings.PROGRAM_VERSION)
    return jobs.filter(Exists(mine)).first()
