"""Effects of one site on the time to an event: hazard ratios, differences of incidence."""

from collections.abc import Iterable
from typing import Any

from outcomes.analyses.follow_up import exactly
from outcomes.columns import ordered_levels
from outcomes.pooling.one_site import LOG, Found, PerSite, SiteEffects, effect_of, whole
from outcomes.stats.competing import cumulative_incidence
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.logrank import log_hazard
from outcomes.stats.strata import Strata
from outcomes.stats.times import Times, people


def _times(per_site: PerSite) -> tuple[dict[str, Times | None], tuple[str, ...]]:
    """Each site's times, and the groups of all; None of a site that nobody is kept of."""
    parts = {site: tables.parts["times"] for site, tables in per_site.items()}
    found = {site: whole(per_site[site], "times") if isinstance(part, Strata) else part for site, part in parts.items()}
    return found, ordered_levels({group for times in found.values() if times for group in times.groups})


def hazards(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    found, groups = _times(per_site)
    if spec.by is None or len(groups) != 2:
        return

    def of(times: Times | None) -> Found:
        answer = log_hazard({group: times.of(group) if times else {} for group in groups})
        n = sum(people(times.of(group)) for group in groups) if times else 0
        return n, answer if isinstance(answer, NotEstimable) else (float(answer[0]), float(answer[1]))

    yield SiteEffects(
        name="hazard_ratio",
        compared=groups,
        scale=LOG,
        of=f"(O - E) / V of {groups[0]} against {groups[1]} by the site's own log-rank test, variance 1 / V (Peto)",
        stands_beside="the log-rank test's effect, hazard_ratio",
        effects=tuple(effect_of(site, *of(times)) for site, times in found.items()),
    )


def incidences(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    found, groups = _times(per_site)
    if spec.by is None or len(groups) != 2:
        return
    at = max(map(exactly, spec.times))

    def of(times: Times) -> Found:
        curves = [cumulative_incidence(times.of(group), decimals=times.decimals) for group in groups]
        read = [curve if isinstance(curve, NotEstimable) else curve.at(at) for curve in curves]
        n, refused = sum(people(times.of(group)) for group in groups), [r for r in read if isinstance(r, NotEstimable)]
        return n, refused[0] if refused else (read[0].F - read[1].F, read[0].se ** 2 + read[1].se ** 2)

    yield SiteEffects(
        name="incidence_difference",
        compared=groups,
        of=f"incidence of {groups[0]} minus {groups[1]} at the last time read, Aalen's variances",
        stands_beside="Gray's test's effect, incidence_difference",
        effects=tuple(effect_of(site, *of(times)) for site, times in found.items()),
    )
