"""Cohorts, freezes of them, plans, and the results computed from freezes."""

from outcomes.models.cohort import Cohort, CohortQuerySet, OfSites, within_token
from outcomes.models.freeze import Freeze, FreezeName, in_order
from outcomes.models.plan import Plan, PlanQuerySet
from outcomes.models.result import Result

__all__ = [
    "Cohort", "CohortQuerySet", "Freeze", "FreezeName", "OfSites", "Plan", "PlanQuerySet", "Result", "in_order",
    "within_token",
]  # fmt: skip
