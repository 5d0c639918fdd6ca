"""Contingency tables and shares, by a second way: SciPy, statsmodels, enumeration, published examples."""

import json
from fractions import Fraction
from math import comb, sqrt

import pytest
from hypothesis import assume, strategies
from scipy import stats
from small_samples import for_all
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.fisher import fisher_p_values
from outcomes.stats.proportions import chi_squared, newcombe, wilson

cells = strategies.integers(min_value=0, max_value=12)
fourfolds = strategies.tuples(cells, cells, cells, cells)
tables = strategies.lists(strategies.lists(cells, min_size=3, max_size=3), min_size=2, max_size=4)


def named(*rows):
    return {f"row {i}": {f"column {j}": many for j, many in enumerate(row)} for i, row in enumerate(rows)}


def without_empty_margins(rows):
    return all(map(sum, rows)) and all(map(sum, zip(*rows, strict=True)))


@for_all(rows=tables)
def test_chi_squared_agrees_with_scipy(rows):
    """>>> scipy.stats.chi2_contingency(table, correction=False)"""
    assume(without_empty_margins(rows))
    ours, theirs = chi_squared(named(*rows)), stats.chi2_contingency(rows, correction=False)
    assert ours.df == theirs.dof
    assert (ours.chi2, ours.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-12)
    assert ours.min_expected == pytest.approx(theirs.expected_freq.min())
    assert ours.cramers_v.estimate == pytest.approx(stats.contingency.association(rows, method="cramer"), abs=1e-9)


@for_all(fourfold=fourfolds)
def test_the_numbers_of_a_2_by_2_table_agree_with_scipy(fourfold):
    """>>> scipy.stats.chi2_contingency(table); scipy.stats.fisher_exact(table)"""
    rows = [fourfold[:2], fourfold[2:]]
    assume(without_empty_margins(rows))
    ours, yates, fisher = chi_squared(named(*rows)), stats.chi2_contingency(rows), stats.fisher_exact(rows)
    assert (ours.chi2_yates, ours.p_yates) == pytest.approx((yates.statistic, yates.pvalue), rel=1e-9, abs=1e-12)
    assert ours.fisher_p == pytest.approx(fisher.pvalue, rel=1e-9)
    if fourfold[1] * fourfold[2]:
        assert ours.odds_ratio_sample == pytest.approx(fisher.statistic)
    else:
        assert ours.odds_ratio_sample is None


@for_all(fourfold=fourfolds)
def test_fishers_p_agrees_with_listing_every_table(fourfold):
    a, b, c, d = fourfold
    assume(a + b + c + d)
    everything = comb(a + b + c + d, a + c)
    chance = {
        k: Fraction(comb(a + b, k) * comb(c + d, a + c - k), everything)
        for k in range(max(0, a - d), min(a + b, a + c) + 1)
    }
    rarer = sum(p for p in chance.values() if p < chance[a])
    equal = sum(p for p in chance.values() if p == chance[a])
    assert fisher_p_values(a, b, c, d) == pytest.approx((float(rarer + equal), float(rarer + equal / 2)), rel=1e-12)


def test_the_lady_tasting_tea_has_her_p():
    """> fisher.test(matrix(c(3, 1, 1, 3), 2))$p.value     # 0.4857"""
    assert fisher_p_values(3, 1, 1, 3) == pytest.approx((34 / 70, 18 / 70))


@pytest.mark.parametrize("fourfold", [(3000, 40, 2900, 70), (9000, 8000, 9100, 7800), (5000, 3, 4000, 22)])
def test_fishers_p_of_large_tables_agrees_with_scipy(fourfold):
    """>>> scipy.stats.fisher_exact(table)     # 6 to 34 thousand patients, where ours goes by logarithms"""
    a, b, c, d = fourfold
    assert fisher_p_values(*fourfold)[0] == pytest.approx(stats.fisher_exact([[a, b], [c, d]]).pvalue, rel=1e-7)


@for_all(fourfold=fourfolds, sign=strategies.sampled_from([(2, 3, 0, 1), (1, 0, 3, 2)]))
def test_swapping_rows_or_columns_changes_no_p(fourfold, sign):
    swapped = [fourfold[i] for i in sign]
    rows, other = [fourfold[:2], fourfold[2:]], [swapped[:2], swapped[2:]]
    assume(without_empty_margins(rows))
    one, two = chi_squared(named(*rows)), chi_squared(named(*other))
    assert (one.p, one.p_yates, one.fisher_p, one.cramers_v) == (two.p, two.p_yates, two.fisher_p, two.cramers_v)
    assert one.risk_difference.estimate == -two.risk_difference.estimate


def test_the_risk_difference_is_the_second_columns_share_in_the_first_row_minus_the_second():
    told = chi_squared({"acupuncture": {"0": 74, "1": 87}, "control": {"0": 95, "1": 45}}).risk_difference
    assert told.estimate == pytest.approx(87 / 161 - 45 / 140)
    assert told.method == "Newcombe hybrid score; share of '1', acupuncture minus control"


@pytest.mark.parametrize(
    ("shares", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((10, 10, 0, 10), 0.6075, 1.0)],
)
def test_newcombe_intervals_are_those_of_his_table_2(shares, low, high):
    """Newcombe RG, Stat Med 1998;17:873-90, table II, method 10, examples (a), (b) and (h)."""
    told = newcombe(*shares)
    assert (round(told.low, 4), round(told.high, 4)) == (low, high)


@pytest.mark.parametrize("shares", [(7, 34, 1, 34), (0, 10, 0, 20), (5, 56, 0, 29), (3, 3, 1, 9)])
def test_newcombe_agrees_with_statsmodels(shares):
    """>>> confint_proportions_2indep(x1, n1, x2, n2, method="newcomb")"""
    told = newcombe(*shares)
    assert (told.low, told.high) == pytest.approx(confint_proportions_2indep(*shares, method="newcomb"), abs=1e-9)


@pytest.mark.parametrize(("x", "n", "level"), [(0, 9, 0.95), (9, 9, 0.95), (4, 9, 0.9), (1, 4000, 0.99)])
def test_wilson_agrees_with_statsmodels(x, n, level):
    """>>> proportion_confint(x, n, alpha=1 - level, method="wilson")"""
    told = wilson(x, n, level)
    assert (told.low, told.high) == pytest.approx(proportion_confint(x, n, 1 - level, "wilson"), abs=1e-12)
    assert (told.estimate, told.level) == (x / n, level)


def test_wilson_of_nobody_and_of_everybody_touches_0_and_1():
    assert wilson(0, 53).low == 0
    assert wilson(53, 53).high == 1


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"simple": {"yes": 1, "no": 3}, "complex": {"yes": 0, "no": 0}}, "row 'complex' is empty"),
        ({"simple": {"yes": 0, "no": 3}, "complex": {"yes": 0, "no": 2}}, "column 'yes' is empty"),
        ({"simple": {"yes": 2, "no": 3}}, "at least 2 rows and 2 columns"),
        ({"simple": {"yes": 2}, "complex": {"yes": 3}}, "at least 2 rows and 2 columns"),
        ({}, "at least 2 rows and 2 columns"),
    ],
)
def test_a_table_that_compares_nothing_is_refused_by_name(table, reason):
    """R: NaN and a Fisher p of 1; SciPy: ValueError."""
    refused = chi_squared(table)
    assert isinstance(refused, NotEstimable)
    assert reason in refused.reason


def test_a_share_of_nobody_is_refused():
    assert isinstance(wilson(0, 0), NotEstimable)


@pytest.mark.parametrize("share", [(3, 2), (-1, 2)])
def test_more_than_all_and_fewer_than_none_are_mistakes(share):
    with pytest.raises(ValueError, match="is not a share"):
        wilson(*share)


def test_a_column_that_a_row_does_not_mention_is_zero_there():
    short, full = {"a": {"x": 3}, "b": {"y": 2, "x": 1}}, {"a": {"x": 3, "y": 0}, "b": {"x": 1, "y": 2}}
    assert chi_squared(short) == chi_squared(full)


GENERAL = ["chi2", "df", "p", "min_expected", "cramers_v"]
FOURFOLD = ["chi2_yates", "p_yates", "fisher_p", "fisher_mid_p", "odds_ratio_sample"]
FOURFOLD += ["risk_difference", "risk_ratio"]


def test_payloads_have_the_documented_keys_and_are_json():
    two, three = chi_squared(named([3, 0], [1, 2])).payload(), chi_squared(named([3, 0, 1], [1, 2, 2])).payload()
    assert (list(two), list(three)) == (GENERAL + FOURFOLD, GENERAL)
    json.dumps([two, three], allow_nan=False)


def test_cramers_v_of_perfect_association_is_one():
    assert chi_squared(named([5, 0, 0], [0, 7, 0], [0, 0, 2])).cramers_v.estimate == 1
    alike = chi_squared(named([5, 5], [5, 5])).cramers_v
    assert (alike.estimate, alike.low, alike.high) == (0, None, None)
    assert chi_squared(named([3, 1], [1, 3])).cramers_v.estimate == pytest.approx(sqrt(2 / 8))


def test_cramers_v_interval_holds_the_association_that_would_make_this_one_just_likely():
    """The limits put chi2 at the 97.5 % and 2.5 % points: scipy.stats.ncx2.cdf(chi2, df, v**2 n m)."""
    ours = chi_squared(named([12, 5, 9], [4, 14, 6]))
    n = 50
    for limit, p in ((ours.cramers_v.low, 0.975), (ours.cramers_v.high, 0.025)):
        assert stats.ncx2.cdf(ours.chi2, ours.df, limit**2 * n) == pytest.approx(p, abs=1e-6)
