"""Groups compared within sites: by ranks, by cells, by a trend, by the time to an event."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from typing import Any

from outcomes.analyses.changes import with_holm
from outcomes.analyses.conditions import NO_YES
from outcomes.analyses.evidence import effect
from outcomes.analyses.km import log_rank_payload
from outcomes.columns import ordered_levels
from outcomes.pooling.one_site import PerSite, in_order
from outcomes.stats.cmh import Stratum, cmh
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.gray import stratified_gray
from outcomes.stats.logrank import stratified_log_rank
from outcomes.stats.tables import Counts, Margin
from outcomes.stats.times import people
from outcomes.stats.van_elteren import van_elteren
from outcomes.stats.within_strata import general_association, row_mean_scores, trend_within
from outcomes.tabulate import UNGROUPED

VAN_ELTEREN = "van Elteren, stratified by site, corrected for ties, no continuity correction"
RANKED = "Kruskal-Wallis within sites: row mean scores of van Elteren's ranks, corrected for ties"
CMH = "Cochran-Mantel-Haenszel, stratified by site, without continuity correction"
DECIMALS = "sites do not keep values with as many decimals"

# site -> group -> how often each value
Strata = Mapping[str, Mapping[str, Counts]]


def two_groups(spec: Any, sites: PerSite) -> dict:
    strata, levels = _margins({site: tables.parts["values"] for site, tables in sites.items()})
    return _pair(strata, levels, by=spec.by)


def groups(spec: Any, sites: PerSite) -> dict:
    """Two groups by van Elteren's test, more by its generalisation and each pair by itself."""
    strata, levels = _margins({site: tables.parts["values"] for site, tables in sites.items()})
    return _pair(strata, levels, by=spec.by) if len(levels) == 2 else _several(strata, levels)


def timepoints(spec: Any, sites: PerSite) -> dict:
    """As the unstratified test does, timepoints are taken for independent groups; Friedman's ranks need no strata."""
    scores = {site: tables.parts["scores"] for site, tables in sites.items()}
    codes, decimals = in_order(each.timepoints for each in scores.values()), max(s.decimals for s in scores.values())
    strata = {
        site: {code: _rescaled(each.at(code).counts_of(UNGROUPED), each.decimals, decimals) for code in codes}
        for site, each in scores.items()
    }
    told = _several(strata, codes)
    return told | {"friedman": "its ranks are taken within a patient, so that sites make no difference to them"}


def _margins(margins: Mapping[str, Margin]) -> tuple[Strata, tuple[str, ...]]:
    levels = ordered_levels({level for margin in margins.values() for level in margin.rows})
    decimals = max(margin.decimals for margin in margins.values())
    strata = {
        site: {level: _rescaled(margin.counts_of(level), margin.decimals, decimals) for level in levels}
        for site, margin in margins.items()
    }
    return strata, levels


def _rescaled(counts: Counts, decimals: int, to: int) -> Counts:
    return {value * 10 ** (to - decimals): many for value, many in counts.items()}


def _listed(strata: Strata) -> dict:
    """Everybody by group, and each site's."""
    sizes = {site: {group: sum(counts.values()) for group, counts in of.items()} for site, of in strata.items()}
    levels = list(next(iter(sizes.values())))
    return {
        "groups": levels,
        "n": {level: sum(each[level] for each in sizes.values()) for level in levels},
        "strata": [{"site": site, "n": each} for site, each in sizes.items()],
    }


def _pair(strata: Strata, levels: tuple[str, ...], *, by: str) -> dict:
    told = {"test": VAN_ELTEREN} | _listed(strata)
    if len(levels) != 2:
        reason = f"needs 2 groups, and {by} has {len(levels)}: {', '.join(levels) or 'none'}"
        return told | NotEstimable(reason).payload()
    return told | _van_elteren(strata, levels)


def _van_elteren(strata: Strata, pair: tuple[str, str]) -> dict:
    answer = van_elteren((of[pair[0]], of[pair[1]]) for of in strata.values())
    if isinstance(answer, NotEstimable):
        return answer.payload()
    numbers = {name: getattr(answer, name) for name in ("z", "statistic", "df", "p")}
    delta = effect("stratified_cliffs_delta", answer.stratified_delta)
    return numbers | {"strata_in_test": answer.strata, "effect": delta}


def _several(strata: Strata, levels: Any) -> dict:
    told = {"test": RANKED} | _listed(strata)
    pairs = [{"a": a, "b": b, "test": VAN_ELTEREN} | _van_elteren(strata, (a, b)) for a, b in combinations(levels, 2)]
    return told | _within(row_mean_scores(strata.values()), "epsilon_squared") | {"pairs": with_holm(pairs)}


def _within(answer: Any, name: str) -> dict:
    if isinstance(answer, NotEstimable):
        return answer.payload()
    numbers = answer.payload()
    told = {"statistic": answer.chi2, "strata_in_test": answer.strata, "effect": effect(name, answer.effect)}
    return {name: numbers[name] for name in ("df", "p", "z") if name in numbers} | told


def cells(spec: Any, sites: PerSite) -> dict:
    """2 x 2 by the test of Mantel and Haenszel, with their risk difference; more by general association."""
    tables = {site: each.parts["table"] for site, each in sites.items()}
    rows, cols = (ordered_levels({level for table in tables.values() for level in getattr(table, side)})
                  for side in ("rows", "cols"))  # fmt: skip
    counts = {
        site: {row: {col: table.counts.get(row, {}).get(col, 0) for col in cols} for row in rows}
        for site, table in tables.items()
    }
    told = {"test": CMH, "rows": list(rows), "cols": list(cols)}
    told |= {"n": sum(sum(row.values()) for table in counts.values() for row in table.values())}
    told |= {"strata": [{"site": site, "n": {row: sum(of.values()) for row, of in table.items()}}
                        for site, table in counts.items()]}  # fmt: skip
    if len(rows) == len(cols) == 2:
        return told | _fourfold(counts, rows, cols)
    return told | {"test": f"{CMH}, general association"} | _within(general_association(counts.values()), "cramers_v")


def _fourfold(counts: Mapping, rows: tuple[str, ...], cols: tuple[str, ...]) -> dict:
    """What is compared is the share of the second column, as in the unstratified payload."""

    def stratum(table: Mapping) -> Stratum:
        one, two = (table[row] for row in rows)
        return Stratum(x1=one[cols[1]], n1=sum(one.values()), x2=two[cols[1]], n2=sum(two.values()))

    answer = cmh(map(stratum, counts.values()))
    if isinstance(answer, NotEstimable):
        return answer.payload()
    numbers = {"statistic": answer.chi2, "df": answer.df, "p": answer.p, "strata_in_test": answer.strata}
    return numbers | {
        "odds_ratio": answer.odds_ratio.payload(),
        "effect": effect("risk_difference", answer.risk_difference),
    }


def trend(spec: Any, sites: PerSite) -> dict:
    tables = {site: each.parts["table"] for site, each in sites.items()}
    strata = {
        site: {Fraction(level): _share(table.counts.get(level, {})) for level in table.rows}
        for site, table in tables.items()
    }
    told = {
        "test": "Cochran-Armitage test for trend, stratified by site (Mantel's extension)",
        "n": sum(n for shares in strata.values() for _, n in shares.values()),
        "strata": [{"site": site, "n": sum(n for _, n in shares.values())} for site, shares in strata.items()],
    }
    return told | _within(trend_within(strata.values()), "slope_of_share")


def _share(row: Mapping[str, int]) -> tuple[int, int]:
    return row.get("1", 0), sum(row.get(answer, 0) for answer in NO_YES)


def times(spec: Any, sites: PerSite) -> dict:
    told, strata = _ended(sites)
    tested = log_rank_payload(stratified_log_rank(strata))
    if "chi2" in tested:
        tested["statistic"] = tested.pop("chi2")
    return tested | told | {"test": "log-rank, stratified by site"}


def incidences(spec: Any, sites: PerSite) -> dict:
    """The effect within sites is the two-stage difference: a stratified difference of incidences has no usual form."""
    told, strata = _ended(sites)
    answer = stratified_gray(strata)
    told |= {"test": "Gray's test, stratified by site"}
    if isinstance(answer, NotEstimable):
        return told | answer.payload()
    none = NotEstimable("the difference of incidences within sites is told in two stages")
    numbers = {"statistic": answer.chi2, "df": answer.df, "p": answer.p}
    return told | numbers | {"effect": {"name": "incidence_difference"} | none.payload()}


def _ended(sites: PerSite) -> tuple[dict, list]:
    found = {site: tables.parts["times"] for site, tables in sites.items()}
    levels = ordered_levels({level for each in found.values() for level in each.groups})
    decimals = max(each.decimals for each in found.values())
    strata = {
        site: {
            level: {at * 10 ** (decimals - each.decimals): cell for at, cell in each.of(level).items()}
            for level in levels
        }
        for site, each in found.items()
    }
    sizes = [{"site": site, "n": {level: people(of[level]) for level in levels}} for site, of in strata.items()]
    n = {level: sum(each["n"][level] for each in sizes) for level in levels}
    return {"groups": list(levels), "n": n, "strata": sizes}, list(strata.values())
