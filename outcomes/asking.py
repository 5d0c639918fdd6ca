"""Asks for analyses: a request is a row in the queue, written in the asker's transaction."""

from django.db import transaction

from outcomes.models import Cohort
from outcomes.plans.check import check_plan
from outcomes.plans.shipped import shipped
from registry import jobs
from registry.access import Permission
from registry.errors import Problem, Refused
from registry.models import Job, User

ANALYSE = "outcomes.analyse"


@transaction.atomic
def ask_analysis(*, cohort: Cohort, plan: dict | str | None, by: User, idempotency_key: str = "") -> Job:
    """Ask for a plan's results on the cohort as it is now.

    plan: a document, or the name of a shipped plan; None is the cohort's default plan, or the overview of all its
    instruments. The job covers the cohort's sites where the asker may ask for analyses. PlanError where the plan is
    wrong, or there is none of this name.
    """
    if isinstance(plan, str):
        plan = shipped(plan)
    if plan is not None:
        check_plan(plan)
    sites = sorted(site.pk for site in cohort.sites_for(by, Permission.ASK_ANALYSES))
    if not sites:
        message = "You may not ask for analyses at any site of this cohort."
        raise Refused([Problem(rule="A1", field="cohort", value=cohort.slug, message=message)])
    params = {"cohort": str(cohort.pk), "plan": plan}
    job = jobs.ask(kind=ANALYSE, params=params, site_ids=sites, by=by, idempotency_key=idempotency_key)
    if (job.params, job.site_ids) != (params, sites):
        message = "This key was used for another request. Take a new one."
        raise Refused([Problem(rule="A2", field="Idempotency-Key", value=idempotency_key, message=message)])
    return job
