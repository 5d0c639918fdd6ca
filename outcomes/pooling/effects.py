"""Each site's own effect, from the tables that it sent alone: the first of two stages, for every type that has one."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from outcomes.pooling import count_effects, score_effects, time_effects
from outcomes.pooling.one_site import PerSite, SiteEffects
from outcomes.stats.estimable import NotEstimable

__all__ = ["PerSite", "SiteEffects", "site_effects"]

MADE: dict[str, Callable[[Any, PerSite], Iterable[SiteEffects]]] = {
    "wilcoxon_paired": score_effects.changed,
    "contrasts_from_baseline": score_effects.contrasts,
    "mannwhitney": score_effects.two_groups,
    "mannwhitney_change": score_effects.two_groups,
    "mannwhitney_patient_var": score_effects.two_groups,
    "kruskal_groups": score_effects.two_groups,
    "van_elteren": score_effects.within_sites,
    "kruskal_dunn": score_effects.over_timepoints,
    "ancova": score_effects.adjusted,
    "crosstab": count_effects.crosstab,
    "crosstab_patient": count_effects.crosstab,
    "cmh": count_effects.cmh,
    "proportion": count_effects.condition,
    "responders": count_effects.condition,
    "share_patient_var": count_effects.levels,
    "change_direction": count_effects.directions,
    "mcnemar": count_effects.paired,
    "deaths_apart": count_effects.worst_ranks,
    "km": time_effects.hazards,
    "logrank_by_site": time_effects.hazards,
    "cumulative_incidence": time_effects.incidences,
}
NONE = {
    "describe_by_timepoint": "it describes each timepoint and compares nothing",
    "describe_patient_var": "it describes and compares nothing",
    "normality": "a test of a distribution has no effect with a variance",
    "trend": "the slope of a share has a variance only where there is no trend",
    "mixed_model": "it needs rows, which do not leave a site",
    "gee": "it needs rows, which do not leave a site",
}


def site_effects(entry: Mapping, spec: Any, per_site: PerSite) -> tuple[SiteEffects, ...] | NotEstimable:
    """Every effect of an analysis, each of all sites in the order of their names; or why the type has none.

    spec: the entry's checked analysis.
    """
    kind = entry["type"]
    if kind not in MADE:
        return NotEstimable(f"no effect of a site: {NONE.get(kind, 'none is known for this type')}")
    found = tuple(MADE[kind](spec, dict(sorted(per_site.items()))))
    return found or NotEstimable("no effect of a site: there are not two groups or timepoints to compare")
