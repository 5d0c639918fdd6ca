"""Trend along levels, and Cochran-Mantel-Haenszel: by R, statsmodels and enumeration, and what is refused."""

import json
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, strategies
from scipy import stats
from small_samples import for_all
from statsmodels.stats.contingency_tables import StratifiedTable, Table

from outcomes.stats.cmh import Stratum, cmh, common_risk_difference
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.trend import cochran_armitage

cells = strategies.integers(min_value=0, max_value=9)
levels = strategies.lists(strategies.tuples(cells, cells), min_size=2, max_size=6)
fourfolds = strategies.lists(strategies.tuples(cells, cells, cells, cells), min_size=1, max_size=5)


def shares_of(columns):
    """[(yes, no)] at levels 0, 1, ..."""
    return {level: (yes, yes + no) for level, (yes, no) in enumerate(columns)}


@for_all(columns=levels)
def test_the_trend_agrees_with_statsmodels(columns):
    """>>> Table(yes and no by level).test_ordinal_association(col_scores=levels)     # its null variance has N - 1"""
    told = cochran_armitage(shares_of(columns))
    if isinstance(told, NotEstimable):
        n, yes = sum(map(sum, columns)), sum(yes for yes, _ in columns)
        assert sum(any(column) for column in columns) < 2 or yes in (0, n)
        return
    n = sum(map(sum, columns))
    said = Table(np.array(columns).T, shift_zeros=False).test_ordinal_association(
        row_scores=np.array([1, 0]), col_scores=np.arange(len(columns))
    )
    assert told.z == pytest.approx(said.zscore * sqrt(n / (n - 1)), rel=1e-9, abs=1e-12)
    assert (told.chi2, told.n) == (pytest.approx(told.z**2, rel=1e-12), n)
    assert told.p == pytest.approx(stats.chi2.sf(told.chi2, 1), rel=1e-9)


def test_the_trend_of_smokers_is_rs_own_example():
    """> prop.trend.test(c(83, 90, 129, 70), c(86, 93, 136, 82))     # X-squared = 8.2249, p = 0.004132"""
    smokers, patients = (83, 90, 129, 70), (86, 93, 136, 82)
    told = cochran_armitage({i + 1: cell for i, cell in enumerate(zip(smokers, patients, strict=True))})
    assert (round(told.chi2, 4), round(told.p, 6)) == (8.2249, 0.004132)
    assert told.z < 0


@for_all(columns=levels)
def test_the_slope_is_the_line_through_the_people_and_its_limits_agree_with_the_test(columns):
    """>>> numpy.polyfit(level of each person, yes or no of each person, 1)"""
    told = cochran_armitage(shares_of(columns))
    assume(not isinstance(told, NotEstimable))
    people = [(i, had) for i, (yes, no) in enumerate(columns) for had in [1] * yes + [0] * no]
    assert told.slope.estimate == pytest.approx(np.polyfit(*zip(*people, strict=True), 1)[0], abs=1e-9)
    assert (told.slope.low > 0 or told.slope.high < 0) == (told.p < 0.05)


def test_levels_moved_and_stretched_have_the_same_z_and_a_slope_in_their_own_unit():
    one = cochran_armitage({1: (1, 9), 2: (4, 9), 4: (7, 9)})
    two = cochran_armitage({Fraction(1, 2): (1, 9), 1: (4, 9), 2: (7, 9)})
    assert (one.z, one.p) == (two.z, two.p)
    assert two.slope.estimate == pytest.approx(2 * one.slope.estimate)
    json.dumps(one.payload(), allow_nan=False)


@pytest.mark.parametrize(
    ("shares", "reason"),
    [
        ({}, "fewer than two levels"),
        ({1: (2, 5), 2: (0, 0)}, "fewer than two levels"),
        ({1: (0, 5), 2: (0, 3)}, "nobody has it"),
        ({1: (5, 5), 2: (3, 3)}, "everybody has it"),
    ],
)
def test_levels_without_a_trend_to_test_are_refused(shares, reason):
    """R: an error, or NaN."""
    refused = cochran_armitage(shares)
    assert isinstance(refused, NotEstimable)
    assert reason in refused.reason


def test_more_than_all_at_a_level_is_a_mistake():
    with pytest.raises(ValueError, match="more than all"):
        cochran_armitage({1: (3, 2), 2: (1, 4)})


# Strata.


def strata_of(fourfolds):
    return [Stratum(x1=a, n1=a + b, x2=c, n2=c + d) for a, b, c, d in fourfolds]


@pytest.mark.filterwarnings("ignore:divide by zero")
@for_all(tables=fourfolds)
def test_cmh_agrees_with_statsmodels(tables):
    """>>> StratifiedTable(tables).test_null_odds(); .oddsratio_pooled_confint(); .test_equal_odds(adjust=True)"""
    told, telling = cmh(strata_of(tables)), [t for t in tables if strata_of([t])[0].tells]
    if not telling:
        assert isinstance(told, NotEstimable)
        return
    said = StratifiedTable([np.array(t, dtype=float).reshape(2, 2) for t in telling])
    plain = said.test_null_odds(correction=False)
    assert (told.chi2, told.p) == pytest.approx((plain.statistic, plain.pvalue), rel=1e-9, abs=1e-12)
    assert told.strata == len(telling)
    if isinstance(told.odds_ratio, NotEstimable):
        assert said.oddsratio_pooled in (0, np.inf)
        return
    low, high = said.oddsratio_pooled_confint()
    assert (told.odds_ratio.estimate, told.odds_ratio.low, told.odds_ratio.high) == pytest.approx(
        (said.oddsratio_pooled, low, high), rel=1e-9
    )
    if len(telling) > 1:
        same = said.test_equal_odds(adjust=True)
        assert (told.homogeneity.chi2, told.homogeneity.p) == pytest.approx(
            (same.statistic, same.pvalue), rel=1e-6, abs=1e-8
        )


ADMISSIONS = [(512, 313, 89, 19), (353, 207, 17, 8), (120, 205, 202, 391), (138, 279, 131, 244), (53, 138, 94, 299),
              (22, 351, 24, 317)]  # fmt: skip


def test_admissions_at_berkeley_are_as_r_tells_them():
    """> mantelhaen.test(UCBAdmissions, correct = FALSE); mantelhaen.test(UCBAdmissions)"""
    told = cmh(strata_of(ADMISSIONS))
    said = (1.52460666044344, 0.21692369705552, 1.42694622858669, 0.23226346281705)
    assert (told.chi2, told.p, told.chi2_cc, told.p_cc) == pytest.approx(said, rel=1e-12)
    ratio = (0.90469682825862, 0.77190736175935, 1.06032976443666)
    assert (told.odds_ratio.estimate, told.odds_ratio.low, told.odds_ratio.high) == pytest.approx(ratio, rel=1e-12)


def test_strata_of_which_none_is_alike_are_seen_not_to_be():
    """> mantelhaen.test(array(c(12, 5, 7, 9, 3, 8, 6, 2, 0, 4, 5, 6), c(2, 2, 3)))     # X-squared = 0.17323017943"""
    told = cmh(strata_of([(12, 7, 5, 9), (3, 6, 8, 2), (0, 5, 4, 6)]))
    assert (told.chi2_cc, told.p_cc) == pytest.approx((0.173230179430, 0.677256856806), rel=1e-10)
    assert told.homogeneity.p == pytest.approx(0.0105222, rel=1e-5)
    assert (told.homogeneity.n, told.homogeneity.df) == (67, 2)


def test_the_limits_of_i_squared_are_the_spreads_that_would_make_this_one_just_likely():
    """>>> scipy.stats.ncx2.cdf(chi2, df, df limit / (1 - limit))     # 0.975 and 0.025"""
    same = cmh(strata_of([(12, 7, 5, 9), (3, 6, 8, 2), (0, 5, 4, 6)])).homogeneity
    for limit, p in ((same.i_squared.low, 0.975), (same.i_squared.high, 0.025)):
        assert stats.ncx2.cdf(same.chi2, same.df, same.df * limit / (1 - limit)) == pytest.approx(p, abs=1e-6)
    assert same.i_squared.estimate == pytest.approx((same.chi2 - 2) / same.chi2)


def test_strata_of_one_odds_ratio_to_the_digit_have_no_interval_of_their_spread():
    alike = cmh(strata_of([(12, 7, 5, 9), (12, 7, 5, 9)])).homogeneity
    assert (alike.i_squared.estimate, alike.i_squared.low, alike.i_squared.high) == (0, None, None)


def test_the_common_risk_difference_of_one_stratum_is_its_own_and_of_two_lies_between():
    one, two = strata_of([(12, 7, 5, 9), (3, 6, 8, 2)])
    alone, both = common_risk_difference([one]), common_risk_difference([one, two])
    assert alone.estimate == pytest.approx(12 / 19 - 5 / 14)
    assert 3 / 9 - 8 / 10 < both.estimate < alone.estimate


def test_satos_limits_of_one_large_stratum_are_those_of_a_plain_difference():
    """p1 - p2 -+ 1.96 sqrt(p1 q1 / n1 + p2 q2 / n2), to the second digit of its width at 2000 patients."""
    told = common_risk_difference(strata_of([(600, 400, 450, 550)]))
    half = 1.959964 * sqrt(0.6 * 0.4 / 1000 + 0.45 * 0.55 / 1000)
    assert (told.low, told.high) == pytest.approx((0.15 - half, 0.15 + half), abs=1e-4)


@pytest.mark.parametrize("size", [1, 40])
def test_satos_interval_of_many_strata_holds_the_truth_about_as_often_as_it_says(size):
    """400 cohorts of pairs, and of strata of 80, all with a difference of 0.2: 95 % within three standard errors."""
    chance, held, told = np.random.default_rng(size), 0, 0
    for _ in range(400):
        base = chance.uniform(0.1, 0.7, 30)
        x2, x1 = chance.binomial(size, base), chance.binomial(size, base + 0.2)
        counts = zip(x1.tolist(), x2.tolist(), strict=True)
        interval = common_risk_difference([Stratum(x1=a, n1=size, x2=b, n2=size) for a, b in counts])
        told += interval.low is not None
        held += interval.low is not None and interval.low <= 0.2 <= interval.high
    assert told > 390
    assert abs(held / told - 0.95) < 3 * sqrt(0.95 * 0.05 / told)


@for_all(tables=fourfolds)
def test_the_order_of_the_strata_changes_no_bit(tables):
    assert cmh(strata_of(tables)) == cmh(strata_of(tables[::-1]))


def test_a_stratum_that_tells_nothing_changes_nothing():
    some, silent = strata_of(ADMISSIONS[:3]), strata_of([(0, 9, 0, 4), (3, 2, 0, 0), (1, 0, 0, 0)])
    assert cmh(some) == cmh(some + silent)


@pytest.mark.parametrize("tables", [[], [(0, 4, 0, 3)], [(2, 3, 0, 0), (0, 0, 1, 4)]])
def test_strata_that_compare_nothing_are_refused(tables):
    """R: NaN, or an error about the sample size of a stratum."""
    refused = cmh(strata_of(tables))
    assert isinstance(refused, NotEstimable)
    assert "no stratum has both groups" in refused.reason


def test_complete_separation_has_a_p_and_a_difference_but_no_odds_ratio():
    told = cmh(strata_of([(4, 0, 0, 5), (3, 0, 0, 3)]))
    assert told.p < 0.01
    assert isinstance(told.odds_ratio, NotEstimable)
    assert isinstance(told.homogeneity, NotEstimable)
    assert (told.risk_difference.estimate, told.risk_difference.low) == (1, None)
    json.dumps(told.payload(), allow_nan=False)
