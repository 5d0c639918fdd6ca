"""Effects of one site on shares: odds ratios, differences of shares, shares themselves, net changes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from outcomes.analyses.change_direction import DIRECTIONS
from outcomes.columns import ordered_levels
from outcomes.pooling.one_site import LOG, LOGIT, Found, PerSite, SiteEffects, each, effect_of, in_order, whole
from outcomes.stats import site_estimates
from outcomes.stats.meta import SiteEffect
from outcomes.stats.site_estimates import CONTINUITY
from outcomes.stats.tables import Tables


def _fourfold(
    per_site: PerSite, cells: Callable[[Tables], tuple[int, int, int, int]], pair: tuple[str, ...], yes: str
) -> Iterable[SiteEffects]:
    """cells: x1, n1, x2, n2 of a site."""

    def with_n(estimate: Callable) -> Callable[[Tables], Found]:
        return lambda tables: (cells(tables)[1] + cells(tables)[3], estimate(*cells(tables)))

    of = f"{pair[0]} against {pair[1]}; {CONTINUITY}"
    yield SiteEffects(
        name="odds_ratio",
        compared=pair,
        scale=LOG,
        of=f"log of the odds of {yes}, {of}; a site where nobody or everybody has it is left out",
        stands_beside=f"the odds ratio of {yes} (odds_ratio_sample is of the first column: 1 / it)",
        effects=each(per_site, with_n(site_estimates.log_odds_ratio)),
    )
    yield SiteEffects(
        name="risk_difference",
        compared=pair,
        of=f"share with {yes}, {of}",
        stands_beside="risk_difference",
        effects=each(per_site, with_n(site_estimates.risk_difference)),
    )


def crosstab(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    tables = [site.parts["table"] for site in per_site.values()]
    rows, cols = (
        ordered_levels({level for table in tables for level in getattr(table, side)}) for side in ("rows", "cols")
    )
    if len(rows) == len(cols) == 2:

        def cells(site: Tables) -> tuple[int, int, int, int]:
            counts = (site.parts["table"].counts.get(row, {}) for row in rows)
            (a, b), (c, d) = ([of.get(col, 0) for col in cols] for of in counts)
            return b, a + b, d, c + d

        yield from _fourfold(per_site, cells, rows, f"'{cols[1]}'")


def cmh(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    tables = [whole(site, "sites") for site in per_site.values()]
    rows = ordered_levels({level for table in tables if table for level in table.rows})
    if len(rows) == 2:

        def cells(site: Tables) -> tuple[int, int, int, int]:
            table = whole(site, "sites")
            one, two = ((table.counts if table else {}).get(row, {}) for row in rows)
            return one.get("1", 0), sum(one.values()), two.get("1", 0), sum(two.values())

        yield from _fourfold(per_site, cells, rows, "yes")


def condition(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    """A share of all, and by two groups the difference of their shares."""
    yield from _shares(spec, per_site, lambda cell: cell, "all")


def levels(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    """The same of each level."""
    payloads = [spec.compute(tables) for tables in per_site.values()]
    for level in ordered_levels({level for payload in payloads for level in payload["levels"]}):
        yield from _shares(spec, per_site, lambda cell, level=level: cell["levels"].get(level, {}), level)


def directions(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    """The same of each direction of change."""
    for way in DIRECTIONS:
        yield from _shares(spec, per_site, lambda cell, way=way: cell[way], way)


Pick = Callable[[Mapping], Mapping]


def _shares(spec: Any, per_site: PerSite, pick: Pick, part: str) -> Iterable[SiteEffects]:
    """pick: {x, n} of a cell of the site's own payload."""
    payloads = {site: spec.compute(tables) for site, tables in per_site.items()}

    def counts(cell: Mapping) -> tuple[int, int]:
        found = pick(cell) if cell else {}
        return found.get("x", 0), found.get("n", 0)

    everyone = {site: counts(payload["all"]) for site, payload in payloads.items()}
    name = "" if part == "all" else part
    yield SiteEffects(
        name="share",
        part=name,
        scale=LOGIT,
        null=None,
        of=f"log of the odds of the share, variance 1/x + 1/(n - x); {CONTINUITY}",
        stands_beside="x / n of all",
        effects=tuple(effect_of(site, n, site_estimates.logit(x, n)) for site, (x, n) in everyone.items()),
    )
    groups = ordered_levels({group for payload in payloads.values() for group in payload.get("groups", ())})
    if len(groups) != 2:
        return
    by = {site: [counts(payload["by"].get(group)) for group in groups] for site, payload in payloads.items()}
    yield SiteEffects(
        name="risk_difference",
        part=name,
        compared=groups,
        of=f"share of {groups[0]} minus share of {groups[1]}; {CONTINUITY}",
        stands_beside="the two shares by group, whose difference the pooled payload does not print",
        effects=tuple(
            effect_of(site, one[1] + two[1], site_estimates.risk_difference(*one, *two))
            for site, (one, two) in by.items()
        ),
    )


NET = "; where nobody changed or everybody alike, 1/2 is added to each of the four cells"


def paired(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    """Yes after and not before, minus yes before and not after."""

    def take(tables: Tables) -> Found:
        counts = tables.parts["pairs"].counts
        n = sum(sum(row.values()) for row in counts.values())
        return n, site_estimates.net_share(counts.get("0", {}).get("1", 0), counts.get("1", {}).get("0", 0), n)

    yield SiteEffects(
        name="paired_risk_difference",
        compared=(spec.post, spec.pre),
        of=f"share with yes after minus before, of the same patients{NET}",
        stands_beside="the effect, paired_risk_difference",
        effects=each(per_site, take),
    )


def worst_ranks(spec: Any, per_site: PerSite) -> Iterable[SiteEffects]:
    """At each later timepoint the share that got better minus the share that got worse, the dead among the worse."""
    payloads = {site: spec.compute(tables) for site, tables in per_site.items()}
    codes = in_order(tables.parts["scores"].timepoints for tables in per_site.values())
    for code in codes[1:]:
        cells = {site: payload["at"].get(code, {}).get("worst_rank", {}) for site, payload in payloads.items()}
        yield SiteEffects(
            name="net_better",
            part=code,
            compared=(code, codes[0]),
            of=f"share better minus share worse, deaths among the worse{NET}",
            stands_beside="the effect of worst_rank at the timepoint, net_better",
            effects=tuple(_net(site, cell) for site, cell in cells.items()),
        )


def _net(site: str, cell: Mapping) -> SiteEffect:
    n = cell.get("n_pairs", 0)
    return effect_of(site, n, site_estimates.net_share(cell.get("n_better", 0), cell.get("n_worse", 0), n))
