"""Changes within patients, asked within sites: signed ranks, yes and no before and after, adjusted differences."""

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import Any

from outcomes.analyses.changes import with_holm
from outcomes.analyses.deaths_apart import worst_rank_changes
from outcomes.analyses.evidence import effect
from outcomes.columns import level_text, ordered_levels
from outcomes.pooling.one_site import PerSite, in_order
from outcomes.stats.ancova import ancova
from outcomes.stats.estimable import Interval, NotEstimable
from outcomes.stats.net_change import net_change
from outcomes.stats.site_terms import with_strata
from outcomes.stats.tables import Counts
from outcomes.stats.within_paired import stratified_signed_rank
from outcomes.tabulate import UNGROUPED

RANKED = "Wilcoxon signed rank, stratified by site, zero differences dropped, corrected for ties"
DEATH = "a death after the baseline being the largest worsening"
SAME_RANKS = "Friedman's ranks are taken within a patient, so that sites make no difference to them"


def changed(spec: Any, sites: PerSite) -> dict:
    decimals = max(tables.parts["changes"].decimals for tables in sites.values())
    return _signed({site: _counts(tables.parts["changes"], decimals) for site, tables in sites.items()}, decimals)


def contrasts(spec: Any, sites: PerSite) -> dict:
    """Each later timepoint, with Holm's adjustment over those that have a p."""
    changes = {site: tables.parts["changes"] for site, tables in sites.items()}
    decimals = max(each.decimals for each in changes.values())
    baseline, *later = in_order(tables.parts["ranks"].timepoints for tables in sites.values())
    cells = [
        {"timepoint": code}
        | _signed({site: _rescaled(each.at(code).counts_of(UNGROUPED), each.decimals, decimals)
                   for site, each in changes.items()}, decimals)
        for code in later
    ]  # fmt: skip
    return {"baseline": baseline, "contrasts": with_holm(cells), "friedman": SAME_RANKS}


def _counts(part: Any, decimals: int) -> Counts:
    return _rescaled(part.counts, part.decimals, decimals)


def _rescaled(counts: Counts, decimals: int, to: int) -> Counts:
    return {value * 10 ** (to - decimals): many for value, many in counts.items()}


def _signed(strata: Mapping[str, Counts], decimals: int) -> dict:
    listed = [{"site": site, "n": sum(counts.values())} for site, counts in strata.items()]
    told = {"test": RANKED, "strata": listed, "n_pairs": sum(each["n"] for each in listed)}
    answer = stratified_signed_rank(strata.values(), decimals=decimals)
    if isinstance(answer, NotEstimable):
        return told | answer.payload()
    numbers = answer.payload()
    numbers |= {"strata_in_test": numbers.pop("strata"), "effect": effect("mean_change", answer.mean_change)}
    del numbers["mean_change"]
    return told | numbers


def worst_ranks(spec: Any, sites: PerSite) -> dict:
    """As the contrasts; deaths rank within each site beyond all that is seen there. The effect is of all sites."""
    found = {site: worst_rank_changes(tables, better=spec.better) for site, tables in sites.items()}
    baseline, *later = in_order(tables.parts["scores"].timepoints for tables in sites.values())
    cells = [
        {"timepoint": code} | _worst({site: each.get(code, {}) for site, each in found.items()}, spec.better)
        for code in later
    ]
    return {"baseline": baseline, "contrasts": with_holm(cells)}


def _worst(strata: Mapping[str, Counts], better: str) -> dict:
    told = _signed(strata, 0) | {"test": f"{RANKED}, {DEATH}"}
    if "effect" not in told:
        return told
    up, down = (sum(many for counts in strata.values() for value, many in counts.items() if sign * value > 0)
                for sign in (1, -1))  # fmt: skip
    well, worse = (down, up) if better == "lower" else (up, down)
    return told | {"effect": effect("net_better", net_change(well, worse, told["n_pairs"]))}


def yes_no(spec: Any, sites: PerSite) -> dict:
    """McNemar's test is the Cochran-Mantel-Haenszel test with each patient a stratum: sites add nothing to that."""
    payload = spec.compute(reduce(add, sites.values()))
    strata = [
        {"site": site, "n": sum(sum(row.values()) for row in tables.parts["pairs"].counts.values())}
        for site, tables in sites.items()
    ]
    words = "McNemar; each patient is its own stratum, so that stratifying by site changes nothing"
    kept = ("n_pairs", "chi2", "p_asymptotic", "p_exact", "p_mid", "effect", "not_estimable")
    return {"test": words, "strata": strata} | {name: payload[name] for name in kept if name in payload}


def adjusted(spec: Any, sites: PerSite) -> dict:
    """The model of all sites with a term for each but the first."""
    sums = {site: tables.parts["level"] + tables.parts["comparison"] for site, tables in sites.items()}
    whole = with_strata(sums)
    reference = "all other levels" if spec.group_ref is None else level_text(spec.group_ref)
    told = {
        "test": "analysis of covariance with a term for each site, t test of the adjusted difference",
        "compared": {"1": level_text(spec.group_level), "0": reference},
        "n": whole.n,
        "strata": [{"site": site, "n": each.n} for site, each in sums.items()],
        "groups": {level: whole.group_counts[level] for level in ordered_levels(whole.group_counts)},
    }
    answer = ancova(whole)
    if isinstance(answer, NotEstimable):
        return told | answer.payload()
    interval = Interval(estimate=answer.diff, low=answer.lcl, high=answer.ucl, method="t interval")
    numbers = {name: getattr(answer, name) for name in ("diff", "se", "lcl", "ucl", "t", "df", "p", "F")}
    return told | numbers | {"effect": effect("adjusted_difference", interval)}
