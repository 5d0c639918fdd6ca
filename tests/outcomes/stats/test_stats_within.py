"""Tests within strata: against R on 16 invented cohorts by site, by hand, and what they become with one stratum."""

import json
from collections import Counter
from math import sqrt

import pytest
from hypothesis import assume
from oracle_cohorts import ORACLE
from scipy import stats
from small_samples import changes, columns, counted, for_all

from outcomes.stats.ancova import Moments, ancova
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.gray import gray, stratified_gray
from outcomes.stats.logrank import stratified_log_rank
from outcomes.stats.paired import signed_rank
from outcomes.stats.proportions import chi_squared
from outcomes.stats.ranks import kruskal_wallis
from outcomes.stats.site_terms import with_strata
from outcomes.stats.van_elteren import van_elteren
from outcomes.stats.within_paired import mean_within, stratified_signed_rank
from outcomes.stats.within_strata import general_association, row_mean_scores, trend_within

COHORTS = json.loads((ORACLE / "strata_rows.json").read_text())
SAID = json.loads((ORACLE / "strata_R.json").read_text())
ENDINGS = ("censored", "event", "competing")
every_cohort = pytest.mark.parametrize("place", range(len(COHORTS)))


def by_site(place):
    sites = {}
    for row in COHORTS[place]:
        sites.setdefault(row["site"], []).append(row)
    return sites


def by_group(rows, key="score"):
    groups = sorted({row["group"] for row in rows})
    return {group: Counter(row[key] for row in rows if row["group"] == group) for group in groups}


def times(rows, endings=ENDINGS):
    ended = {}
    for row in rows:
        cell = ended.setdefault(row["group"], {}).setdefault(row["time"], {})
        cell[endings[row["ending"]]] = cell.get(endings[row["ending"]], 0) + 1
    return ended


def agree(ours, said, **names):
    """names: R's key = our attribute."""
    assert said is not None and not isinstance(ours, NotEstimable), (ours, said)
    told = {key: getattr(ours, attribute) for key, attribute in names.items()}
    assert told == pytest.approx({key: said[key] for key in names}, rel=1e-9, abs=1e-12)


@every_cohort
def test_ranks_within_sites_are_coins(place):
    """> independence_test(score ~ group | site, teststat = "quadratic", ytrafo = function(data) trafo(data,
    >     numeric_trafo = function(y) rank(y) / (length(y) + 1), block = site))      # coin 1.4-2, R 4.2.2
    """
    agree(row_mean_scores(map(by_group, by_site(place).values())), SAID[place]["ranks"], chi2="chi2", p="p")


@every_cohort
def test_cells_within_sites_are_mantelhaen_test(place):
    """> mantelhaen.test(table(group, level, site), correct = FALSE)     # it wants more than one stratum"""
    sites, said = by_site(place), SAID[place].get("cells")
    ours = general_association(by_group(rows, "level") for rows in sites.values())
    if said is None:
        assert len(sites) == 1 or ours.df == 1
    else:
        agree(ours, said, chi2="chi2", df="df", p="p")


@every_cohort
def test_a_trend_within_sites_is_coins(place):
    """> independence_test(yes ~ grade | site, teststat = "scalar")"""
    strata = []
    for rows in by_site(place).values():
        grades = sorted({row["grade"] for row in rows})
        cells = {grade: [row["yes"] for row in rows if row["grade"] == grade] for grade in grades}
        strata.append({grade: (sum(yes), len(yes)) for grade, yes in cells.items()})
    ours = trend_within(strata)
    agree(ours, SAID[place]["trend"], z="z", p="p")
    assert (ours.effect.low > 0 or ours.effect.high < 0) == (ours.p < 0.05)


@every_cohort
def test_times_within_sites_are_survdiff_and_cuminc(place):
    """> survdiff(Surv(time, ending == 1) ~ group + strata(site)); cuminc(time, ending, group, strata = site)$Tests"""
    strata = [times(rows) for _, rows in sorted(by_site(place).items())]
    agree(stratified_gray(strata), SAID[place]["gray"], chi2="chi2", p="p")
    only = [times(rows, ("censored", "event", "censored")) for rows in by_site(place).values()]
    agree(stratified_log_rank(only), SAID[place]["logrank"], chi2="chi2")


@every_cohort
def test_the_adjusted_difference_with_sites_is_lm(place):
    """> lm(score ~ I(group == "a") + pre + site)"""

    def moments(rows):
        cells = [(row["score"], row["pre"], int(row["group"] == "a")) for row in rows]
        sums = tuple(map(sum, zip(*cells, strict=True)))
        products = tuple(tuple(sum(c[i] * c[j] for c in cells) for j in range(3)) for i in range(3))
        return Moments(names=("post", "pre", "group"), decimals=(0, 0, 0), n=len(cells), sums=sums, products=products)

    ours = ancova(with_strata({site: moments(rows) for site, rows in by_site(place).items()}))
    agree(ours, SAID[place]["ancova"], diff="diff", se="se", p="p", lcl="lcl", ucl="ucl")
    if len(by_site(place)) > 1:
        whole = moments(COHORTS[place])
        assert abs(ancova(whole).diff - ours.diff) > 1e-6  # without terms for the sites it is another number


@every_cohort
def test_changes_within_sites_and_their_mean_are_rs(place):
    """> z <- unsplit(lapply(split(abs(d), site), function(x) rank(x) / (length(x) + 1)), site)     # d != 0
    > sum(z * sign(d)) / sqrt(sum(z^2)); summary(lm(d ~ site))$sigma / sqrt(n)
    """
    strata = [Counter(row["score"] - row["pre"] for row in rows) for rows in by_site(place).values()]
    ours, said = stratified_signed_rank(strata, decimals=0), SAID[place]["mean"]
    agree(ours, SAID[place]["signed"], z="z")
    told, half = ours.mean_change, (ours.mean_change.high - ours.mean_change.low) / 2
    assert told.estimate == pytest.approx(said["mean"])
    assert told.method == f"t interval, {said['df']} df, from the spread within strata"
    assert half / said["se"] == pytest.approx(stats.t.ppf(0.975, said["df"]), rel=1e-9)


@for_all(a=columns, b=columns, c=columns)
def test_one_stratum_is_kruskal_wallis_and_two_groups_are_van_elteren(a, b, c):
    assume(len(set(a + b + c)) > 1)
    groups = dict(zip("abc", counted(a, b, c), strict=True))
    alone, known = row_mean_scores([groups]), kruskal_wallis(groups)
    assert (alone.chi2, alone.df, alone.p) == (known.H, known.df, known.p)
    assert alone.effect.estimate == known.epsilon_squared.estimate
    strata = [{"a": groups["a"], "b": groups["b"]}, {"a": groups["b"], "b": groups["c"]}]
    pair, two = row_mean_scores(strata), van_elteren((each["a"], each["b"]) for each in strata)
    assert isinstance(pair, NotEstimable) == isinstance(two, NotEstimable)
    if not isinstance(two, NotEstimable):
        assert (pair.chi2, pair.p) == (two.statistic, two.p)


@for_all(a=columns, b=columns, c=columns)
def test_the_order_of_strata_and_groups_and_strata_without_a_comparison_do_not_matter(a, b, c):
    one, two, three = counted(a, b, c)
    strata = [{"x": one, "y": two, "z": three}, {"x": two, "y": three}, {"y": one, "z": two}]
    turned = [dict(reversed(each.items())) for each in reversed(strata)]
    assert row_mean_scores(strata) == row_mean_scores(turned) == row_mean_scores([*strata, {"x": one}, {"y": {}}])
    cells = [{"x": {"0": len(a), "1": 2}, "y": {"0": 1, "1": len(b)}, "z": {"2": 3, "0": len(c)}}, {"x": {"0": 1}}]
    turned = [{row: dict(reversed(of.items())) for row, of in reversed(table.items())} for table in reversed(cells)]
    assert general_association(cells) == general_association(turned)


@for_all(differences=changes)
def test_one_stratum_is_wilcoxons_signed_rank_test(differences):
    counts = Counter(differences)
    alone, known = stratified_signed_rank([counts], decimals=0), signed_rank(counts, decimals=0)
    if isinstance(known, NotEstimable):
        assert alone == known
    else:
        assert (alone.z, alone.p, alone.n_nonzero) == (known.z, known.p_normal, known.n_nonzero)
        assert alone.mean_change.estimate == known.mean_change


def test_one_stratum_of_cells_is_pearson_with_n_minus_1():
    table = {"x": {"p": 5, "q": 9, "r": 2}, "y": {"p": 8, "q": 1, "r": 4}}
    alone, known = general_association([table]), chi_squared(table)
    assert alone.chi2 == pytest.approx(known.chi2 * 28 / 29, rel=1e-12)
    assert alone.effect.estimate == pytest.approx(known.cramers_v.estimate, rel=1e-12)


def test_two_strata_of_changes_by_hand():
    """-1, -2, 3: ranks 1, 2, 3; W+ - E = 3 - 3 = 0, V = 14/4, over 4. 1, 1, -2: W+ = 3, E = 3; V = (2 * 1.5**2 + 9)/4.
    2, 3: W+ - E = 3 - 1.5, V = 5/4, over 3.
    """
    told = stratified_signed_rank([Counter([-1, -2, 3]), Counter([1, 1, -2]), Counter([2, 3, 0])], decimals=0)
    variance = 14 / 4 / 16 + 13.5 / 4 / 16 + 5 / 4 / 9
    assert told.z == pytest.approx(0.5 / sqrt(variance), rel=1e-12)
    assert (told.n_pairs, told.n_nonzero, told.strata) == (9, 8, 3)


def test_a_paradox_of_simpson_is_seen_through():
    """In each site the groups are alike; one has high values and mostly group a: pooled they differ, within not."""
    high, low = {9: 20, 8: 20}, {1: 20, 2: 20}
    few_high, few_low = {9: 2, 8: 2}, {1: 2, 2: 2}
    strata = [{"a": high, "b": few_high}, {"a": few_low, "b": low}]
    pooled = {"a": Counter(high) + Counter(few_low), "b": Counter(few_high) + Counter(low)}
    assert row_mean_scores(strata).p > 0.99 and kruskal_wallis(pooled).p < 1e-6


def test_what_cannot_be_compared_is_refused_in_words():
    apart = [{"a": {1: 2, 2: 1}, "b": {3: 2}}, {"c": {1: 2, 2: 1}, "d": {3: 2}}]
    assert "nothing ties together" in row_mean_scores(apart).reason
    assert "two groups" in row_mean_scores([{"a": {1: 2}, "b": {1: 3}}]).reason
    assert "two rows" in general_association([{"a": {"x": 3}, "b": {"x": 2}}]).reason
    crossed = [{"a": {"x": 2, "y": 1}, "b": {"x": 1, "y": 1}}, {"c": {"z": 1, "w": 1}, "d": {"z": 1, "w": 2}}]
    assert "nothing ties together" in general_association(crossed).reason
    assert "both yes and no" in trend_within([{1: (2, 2), 2: (3, 3)}, {1: (0, 4)}]).reason
    assert "both values" in stratified_signed_rank([{}, {}], decimals=0).reason
    assert "nothing to rank" in stratified_signed_rank([{0: 4}], decimals=0).reason
    assert mean_within([{1: 1}, {4: 1}], decimals=0).low is None
    assert "2 groups" in stratified_gray([{"a": {1: {"event": 1}}}]).reason
    assert "two groups" in stratified_gray([{"a": {1: {"event": 1}}}, {"b": {1: {"event": 1}}}]).reason


def test_grays_test_of_one_stratum_is_the_same_bits_and_a_stratum_of_one_group_adds_nothing():
    groups = times(COHORTS[3])
    assert gray(groups) == stratified_gray([groups, {"a": {4: {"event": 2}}}, {}])


def test_a_site_that_is_forgotten_is_seen():
    """The comparisons bite: without its first site no statistic of the largest cohort is what R says."""
    place = max(range(len(COHORTS)), key=lambda each: len(by_site(each)))
    rest = list(by_site(place).values())[1:]
    with pytest.raises(AssertionError):
        agree(row_mean_scores(map(by_group, rest)), SAID[place]["ranks"], chi2="chi2")
    with pytest.raises(AssertionError):
        agree(stratified_gray(map(times, rest)), SAID[place]["gray"], chi2="chi2")
