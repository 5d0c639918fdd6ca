"""Normality against R 4.2.2 on the 32 random cohorts, and against SciPy and statsmodels beyond them."""

import json
import warnings

import numpy as np
import pytest
from oracle_cohorts import BASELINE, read_cohorts
from scipy import stats
from small_samples import columns, counted, for_all
from statsmodels.stats.diagnostic import lilliefors

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.normality import kolmogorov_smirnov, normality, shapiro_wilk

COHORTS = read_cohorts()


def test_shapiro_wilk_agrees_with_r(tally):
    """> shapiro.test(baseline)     # an error for a constant column, where we refuse

    SciPy's W keeps 9 digits and its p 7: the approximation to the normal quantiles is another one.
    """
    for cohort in COHORTS:
        ours, said = shapiro_wilk(cohort.counts(BASELINE)), cohort.r["shapiro"]
        if isinstance(ours, NotEstimable):
            assert "identical" in said["error"]
            tally.refusals += 1
            continue
        tally.number(f"{cohort.name} W", ours.W, said["W"])
        assert ours.p == pytest.approx(said["p"], rel=1e-6)
    assert (tally.numbers, tally.refusals) == (29, 3)


def test_lilliefors_agrees_with_nortest(tally):
    """> nortest::lillie.test(baseline)     # an error below 5 values and for a constant column"""
    for cohort in COHORTS:
        ours, said = kolmogorov_smirnov(cohort.counts(BASELINE)), cohort.r["lillie"]
        if isinstance(ours, NotEstimable) or isinstance(ours.p_lilliefors, NotEstimable):
            assert "error" in said
            tally.refusals += 1
            continue
        tally.number(f"{cohort.name} D", ours.D, said["D"])
        tally.number(f"{cohort.name} p", ours.p_lilliefors, said["p"])
    assert (tally.numbers, tally.refusals) == (2 * 23, 9)


def test_the_naive_kolmogorov_smirnov_agrees_with_r(tally):
    """> ks.test(baseline, "pnorm", mean(baseline), sd(baseline))     # exact below n = 100 without ties, else the limit

    A constant column has sd 0, of which R makes D = 1; we refuse.
    """
    methods = {"exact": 0, "limit": 0}
    for cohort in COHORTS:
        ours, said = kolmogorov_smirnov(cohort.counts(BASELINE)), cohort.r["ks_naive"]
        if isinstance(ours, NotEstimable):
            assert said["D"] == 1
            tally.refusals += 1
            continue
        tally.number(f"{cohort.name} D", ours.D, said["D"])
        tally.number(f"{cohort.name} p", ours.p_naive, said["p"])
        assert ("warn" in said) == (ours.naive_method == "limit")
        methods[ours.naive_method] += 1
    assert (tally.numbers, tally.refusals, methods) == (2 * 29, 3, {"exact": 3, "limit": 26})


@for_all(column=columns)
def test_lilliefors_d_and_small_p_agree_with_statsmodels(column):
    """>>> statsmodels.stats.diagnostic.lilliefors(x, pvalmethod="approx")"""
    if len(column) < 5 or len(set(column)) == 1:
        return
    ours = kolmogorov_smirnov(*counted(column))
    D, p = lilliefors(column, pvalmethod="approx")
    assert pytest.approx(D, rel=1e-9) == ours.D
    if ours.p_lilliefors <= 0.1:
        assert ours.p_lilliefors == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("n", [101, 400, 5000])
def test_columns_beyond_100_values_agree_with_nortest(n):
    """> x <- rep(0:10, c(...)); nortest::lillie.test(x)$p.value; statsmodels gives the same below 0.1"""
    column = np.random.default_rng(n).binomial(10, 0.4, n).tolist()
    D, p = lilliefors(column, pvalmethod="approx")
    ours = kolmogorov_smirnov(*counted(column))
    assert (ours.D, ours.p_lilliefors) == pytest.approx((D, p), rel=1e-9)


@pytest.mark.parametrize("n", [3, 4, 11, 12, 53, 5000])
def test_shapiro_wilk_of_the_counts_is_scipys_of_the_values(n):
    column = np.random.default_rng(n).integers(0, 1000, n)
    theirs, ours = stats.shapiro(column - column.min()), shapiro_wilk(*counted(column.tolist()))
    assert (ours.W, ours.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-10)


def test_a_large_common_offset_costs_no_digits():
    near, far = ({offset + value: many for value, many in ((0, 3), (1, 4), (5, 2))} for offset in (0, 2**60))
    assert normality(near) == normality(far)


@for_all(a=columns, b=columns)
def test_counts_of_two_sites_added_give_the_very_same_bytes_as_their_rows_together(a, b):
    one, two = counted(a, b)
    (together,) = counted(b + a)
    assert json.dumps(normality(one + two)) == json.dumps(normality(together))


@for_all(a=columns)
def test_no_column_gives_a_nan_or_a_warning_or_a_p_beyond_0_and_1(a):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = normality(*counted(a))
    json.dumps(told, allow_nan=False)
    assert all(0 <= each.get("p", 0) <= 1 for each in (told["shapiro_wilk"], told["lilliefors"], told["ks_naive"]))


@pytest.mark.parametrize(
    ("counts", "shapiro_reason", "ks_reason"),
    [
        ({}, "needs 3 to 5000 values, and there are 0", "there are none"),
        ({4: 1}, "there are 1", "there is 1"),
        ({4: 1, 5: 1}, "there are 2", "needs 5 values, and there are 2"),
        ({4: 9}, "all values are the same", "all values are the same"),
        ({4: 3000, 5: 2001}, "there are 5001", None),
    ],
    ids=["nobody", "one", "two", "constant", "too many"],
)
def test_what_cannot_be_tested_says_why(counts, shapiro_reason, ks_reason):
    told = normality(counts)
    assert shapiro_reason in told["shapiro_wilk"]["not_estimable"]
    assert ks_reason is None or ks_reason in told["lilliefors"]["not_estimable"]


def test_the_payload_says_that_it_chooses_no_test():
    told = normality({1: 3, 2: 4, 9: 1})
    assert told["use"] == "reported only; no test is chosen by it"
    assert set(told) == {"shapiro_wilk", "lilliefors", "ks_naive", "use"}
    assert told["ks_naive"]["p"] > told["lilliefors"]["p"]
