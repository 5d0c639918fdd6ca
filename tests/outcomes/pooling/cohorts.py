"""The demonstration cohorts as the record holds them, frozen, with the spec of their own plan."""

from functools import cache

from outcomes.cohorts import visible_cohorts
from outcomes.freeze import freeze, store
from outcomes.models import Cohort, Freeze, in_order
from outcomes.plans.shipped import shipped
from outcomes.pooling.fixture import with_fixture
from outcomes.pooling.spec import read_spec, spec_from
from registry.actions.people import system_user
from registry.demonstration import clunk, cox, gupta
from registry.demonstration.load import load_study

PLANS = {"clunk2025": clunk, "cox2025": cox, "gupta2014": gupta}


@cache
def demonstration(plan: str):
    return PLANS[plan].study()


def loaded(plan: str) -> Cohort:
    """The demonstration cohort of a paper, in the record."""
    demo, by = demonstration(plan), system_user()
    load_study(demo, by=by)
    return visible_cohorts(by).get(slug=demo.slug)


def frozen_now(cohort: Cohort):
    return freeze(cohort, [site.pk for site in cohort.sites_for(system_user())])


def keep(cohort: Cohort, site) -> Freeze:
    """A freeze of one site's part, kept."""
    return store(freeze(cohort, [site.pk]), cohort, [site.pk], by=system_user())


def spec_for(plan: str, cohort: Cohort):
    """The spec of a shipped plan over a cohort, with its fixture."""
    document = spec_from(shipped(plan), frozen_now(cohort), name=plan)
    return read_spec(with_fixture(document, cohort.studies.select_related("schedule")))


__all__ = ["PLANS", "demonstration", "frozen_now", "in_order", "keep", "loaded", "spec_for"]
