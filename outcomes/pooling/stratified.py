"""The same question asked within each site and added up: the test that stands beside every pooled p."""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add
from typing import Any

from outcomes.plans.check import specified
from outcomes.pooling import within_changes, within_groups
from outcomes.pooling.one_site import PerSite
from outcomes.stats.estimable import NotEstimable

MADE: dict[str, Callable[[Any, PerSite], dict]] = {
    "wilcoxon_paired": within_changes.changed,
    "contrasts_from_baseline": within_changes.contrasts,
    "deaths_apart": within_changes.worst_ranks,
    "mcnemar": within_changes.yes_no,
    "ancova": within_changes.adjusted,
    "mannwhitney": within_groups.two_groups,
    "mannwhitney_change": within_groups.two_groups,
    "mannwhitney_patient_var": within_groups.two_groups,
    "kruskal_groups": within_groups.groups,
    "kruskal_dunn": within_groups.timepoints,
    "crosstab": within_groups.cells,
    "crosstab_patient": within_groups.cells,
    "trend": within_groups.trend,
    "km": within_groups.times,
    "cumulative_incidence": within_groups.incidences,
}
ALREADY = "this analysis itself compares within sites"
NO_TEST = "this analysis has no test of its own that could be stratified"
NONE = {
    "van_elteren": ALREADY,
    "cmh": ALREADY,
    "logrank_by_site": ALREADY,
    "normality": "whether values are normally distributed is asked of all of them, not within sites",
}


def stratified(entry: Mapping, per_site: PerSite) -> dict | NotEstimable:
    """The payload of the stratified test: test, n, strata, effect with its interval, p; or why there is none.

    Every test compares within sites and adds exact sums in the order of the sites' names.
    """
    kind = entry["type"]
    if kind not in MADE:
        return NotEstimable(NONE.get(kind, NO_TEST))
    spec, sites = specified(entry), dict(sorted(per_site.items()))
    if not sites:
        return NotEstimable("no site has counted it")
    if kind in ("km", "cumulative_incidence") and spec.by is None:
        return NotEstimable(NO_TEST)
    left_out = reduce(add, sites.values()).left_out
    return MADE[kind](spec, sites) | {"left_out": dict(left_out)}
