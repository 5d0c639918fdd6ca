"""Effects of one site on a score: mean changes, differences of means, Cliff's delta, adjusted differences."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from outcomes.columns import ordered_levels
from outcomes.pooling.one_site import Found, PerSite, SiteEffects, each, effect_of, in_order, whole
from outcomes.stats import site_estimates
from outcomes.stats.ancova import ancova
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.tables import Margin, Tables
from outcomes.tabulate import UNGROUPED

MEAN_CHANGE = {
    "name": "mean_change",
    "of": "mean of later minus earlier value, variance s**2 / n",
    "stands_beside": "mean_change; the p is the signed-rank test's, whose own effect is the Hodges-Lehmann estimate",
}


def changed(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    def take(tables: Tables) -> Found:
        changes = tables.parts["changes"]
        return sum(changes.counts.values()), site_estimates.mean(changes.counts, decimals=changes.decimals)

    yield SiteEffects(**MEAN_CHANGE, compared=(spec.post, spec.pre), effects=each(per_site, take))


def contrasts(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    codes = in_order(tables.parts["ranks"].timepoints for tables in per_site.values())
    for code in codes[1:]:

        def take(tables: Tables, code: str = code) -> Found:
            margin = tables.parts["changes"].at(code)
            counts = margin.counts_of(UNGROUPED)
            return sum(counts.values()), site_estimates.mean(counts, decimals=margin.decimals)

        effects = each(per_site, take)
        yield SiteEffects(**MEAN_CHANGE, part=code, compared=(code, codes[0]), effects=effects)


def two_groups(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    yield from _of_margins({site: tables.parts["values"] for site, tables in per_site.items()}, "cliffs_delta")


def within_sites(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    margins = {site: whole(tables, "sites") for site, tables in per_site.items()}
    yield from _of_margins(margins, "stratified_delta, which weighs the sites as van Elteren's test does")


def _of_margins(margins: Mapping[str, Margin | None], number: str) -> Iterable[SiteEffects]:
    """Two groups: the difference of the means, and Cliff's delta; of more, the delta of each pair."""
    known = {site: margin or Margin(decimals=0, rows={}, counts={}) for site, margin in margins.items()}
    levels = ordered_levels({level for margin in known.values() for level in margin.rows})
    if len(levels) == 2:
        yield _means(known, levels)
    for pair in combinations(levels, 2):
        yield _delta(known, pair, number if len(levels) == 2 else "the effect of this pair of dunn", many=len(levels))


def _sizes(margin: Margin, pair: Iterable[str]) -> int:
    return sum(sum(margin.counts_of(level).values()) for level in pair)


def _means(margins: Mapping[str, Margin], pair: tuple[str, ...]) -> SiteEffects:
    def of(margin: Margin) -> Found:
        groups = (margin.counts_of(level) for level in pair)
        return _sizes(margin, pair), site_estimates.mean_difference(*groups, decimals=margin.decimals)

    return SiteEffects(
        name="mean_difference",
        compared=pair,
        of=f"mean of {pair[0]} minus mean of {pair[1]}, variance s1**2 / n1 + s2**2 / n2",
        stands_beside="no number of the pooled payload: that compares ranks; describe has the groups' means",
        effects=tuple(effect_of(site, *of(margin)) for site, margin in margins.items()),
    )


def _delta(margins: Mapping[str, Margin], pair: tuple[str, ...], number: str, *, many: int) -> SiteEffects:
    def of(margin: Margin) -> Found:
        return _sizes(margin, pair), site_estimates.cliffs_delta(*(margin.counts_of(level) for level in pair))

    return SiteEffects(
        name="cliffs_delta",
        part=" - ".join(pair) if many > 2 else "",
        compared=pair,
        of=f"P({pair[0]} above {pair[1]}) - P({pair[0]} below {pair[1]}), Cliff's consistent variance",
        stands_beside=number,
        effects=tuple(effect_of(site, *of(margin)) for site, margin in margins.items()),
    )


def over_timepoints(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    """Each pair of timepoints as the test takes them: as groups that have nothing to do with each other."""
    scores = {site: tables.parts["scores"] for site, tables in per_site.items()}
    codes = in_order(each.timepoints for each in scores.values())
    margins = {
        site: Margin(
            decimals=each.decimals,
            rows=dict.fromkeys(codes, 0),
            counts={code: each.at(code).counts_of(UNGROUPED) for code in codes},
        )
        for site, each in scores.items()
    }
    for pair in combinations(codes, 2):
        yield _delta(margins, pair, "the effect of this pair of dunn, timepoints taken as independent groups", many=3)


def adjusted(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    def take(tables: Tables) -> Found:
        sums = tables.parts["level"] + tables.parts["comparison"]
        answer = ancova(sums)
        return sums.n, answer if isinstance(answer, NotEstimable) else (answer.diff, answer.se**2)

    yield SiteEffects(
        name="adjusted_difference",
        of="difference adjusted by the site's own model, variance its squared standard error",
        stands_beside="diff",
        effects=each(per_site, take),
    )
