"""Cohorts, freezes of them, plans, and the results computed from freezes."""

from outcomes.models.cohort import Cohort, CohortQuerySet, OfSites, within_token
from outcomes.models.freeze import Freeze, FreezeName, in_order
from outcomes.models.plan import Plan, PlanQuerySet
from outcomes.models.pooling import Contributor, ContributorKey, PooledResult, Pooling, PoolingStudy, ReceivedBundle
from outcomes.models.result import Result
from outcomes.models.sending import SentBundle, SiteKey
from outcomes.models.spec import Spec

__all__ = [
    "Cohort", "CohortQuerySet", "Contributor", "ContributorKey", "Freeze", "FreezeName", "OfSites", "Plan",
    "PlanQuerySet", "PooledResult", "Pooling", "PoolingStudy", "ReceivedBundle", "Result", "SentBundle", "SiteKey",
    "Spec", "in_order", "within_token",
]  # fmt: skip
