"""Signed ranks and Friedman, by a second way: SciPy, enumeration, and what must not change."""

import json
from collections import Counter
from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, strategies
from oracle_cohorts import doubled_ranks, rank_sums_of
from scipy import stats
from small_samples import changes, for_all, signed_rank_p_by_flipping, walsh

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.paired import RankSums, friedman, signed_rank

SIGNED_RANK = """n_pairs n_zero n_nonzero n_decrease n_increase median_change mean_change W_plus W_minus W_min z
    p_normal p_normal_cc p_exact p_exact_ties p_mid rank_biserial p_pratt p_pratt_cc z_pratt
    p_pratt_exact p_pratt_mid hodges_lehmann"""

rows = strategies.lists(strategies.lists(strategies.integers(0, 4), min_size=3, max_size=3), min_size=2, max_size=9)


@for_all(column=changes)
@pytest.mark.parametrize(
    ("zeros", "corrected", "attribute"),
    [
        ("wilcox", False, "p_normal"),
        ("wilcox", True, "p_normal_cc"),
        ("pratt", False, "p_pratt"),
        ("pratt", True, "p_pratt_cc"),
    ],
)
def test_signed_rank_agrees_with_scipy(column, zeros, corrected, attribute):
    """>>> scipy.stats.wilcoxon(d, zero_method="wilcox", correction=False, method="asymptotic")"""
    assume(any(column))
    theirs = stats.wilcoxon(column, zero_method=zeros, correction=corrected, method="asymptotic")
    ours = getattr(signed_rank(Counter(column), decimals=0), attribute)
    assert ours == pytest.approx(theirs.pvalue, rel=1e-9)


@for_all(column=changes)
def test_the_exact_p_agrees_with_flipping_every_sign(column):
    assume(any(column))
    ours = signed_rank(Counter(column), decimals=0)
    assert ours.p_exact_ties == pytest.approx(signed_rank_p_by_flipping(column), rel=1e-12)


@pytest.mark.parametrize("n", [1, 5, 12, 50])
def test_the_exact_p_without_ties_agrees_with_scipy(n):
    """>>> scipy.stats.wilcoxon(d, method="exact")"""
    chance = np.random.default_rng(n)
    column = ((chance.permutation(n) + 1) * chance.choice([-1, 1], n)).tolist()
    ours = signed_rank(Counter(column), decimals=0)
    assert ours.p_exact == ours.p_exact_ties
    assert ours.p_exact == pytest.approx(stats.wilcoxon(column, method="exact").pvalue, rel=1e-9)


def test_the_plain_exact_p_is_withheld_where_there_are_ties_or_zeros_or_too_many_pairs():
    assert signed_rank(Counter([1, -2, 2]), decimals=0).p_exact is None
    assert signed_rank(Counter([1, -2, 3, 0]), decimals=0).p_exact is None
    many = signed_rank(Counter(range(1, 52)), decimals=0)
    assert (many.p_exact, many.p_exact_ties) == (None, None)


def test_five_survivors_cannot_reach_5_percent():
    """> wilcox.test(c(-1, -2, -3, -4, -5))$p.value     # 0.0625"""
    assert signed_rank(Counter([-1, -2, -3, -4, -5]), decimals=0).p_exact == 0.0625


def test_statas_fuel_data_come_out_as_its_manual_prints_them():
    """. signrank mpg1 = mpg2     # z = -1.97, p = 0.0485; zeros ranked (Pratt)"""
    mpg1 = [20, 23, 21, 25, 18, 17, 18, 24, 20, 24, 23, 19]
    mpg2 = [24, 25, 21, 22, 23, 18, 17, 28, 24, 27, 21, 23]
    told = signed_rank(Counter(a - b for a, b in zip(mpg1, mpg2, strict=True)), decimals=0)
    assert round(told.z_pratt, 3) == -1.973
    assert round(told.p_pratt, 4) == 0.0485
    assert round(told.p_normal_cc, 4) == 0.0490
    assert round(told.p_normal, 4) == 0.0441
    assert round(told.p_exact_ties, 4) == 0.0469


@for_all(column=changes)
def test_the_change_is_described_as_numpy_does(column):
    assume(any(column))
    told = signed_rank(Counter(column), decimals=1)
    values = np.array(column)
    assert (told.n_pairs, told.n_zero) == (len(column), (values == 0).sum())
    assert (told.n_decrease, told.n_increase) == ((values < 0).sum(), (values > 0).sum())
    assert (told.median_change, told.mean_change) == pytest.approx((np.median(values) / 10, values.mean() / 10))
    assert told.W_min == min(told.W_plus, told.W_minus)
    assert told.n_nonzero * (told.n_nonzero + 1) / 2 == told.W_plus + told.W_minus
    assert told.rank_biserial == pytest.approx((told.W_plus - told.W_minus) / (told.W_plus + told.W_minus))


@for_all(column=changes)
def test_hodges_lehmann_agrees_with_listing_every_walsh_average(column):
    assume(any(column))
    ours, listed, n = signed_rank(Counter(column), decimals=0).hodges_lehmann, walsh(column), len(column)
    assert ours.estimate == np.median(listed)
    rank = int(np.floor(len(listed) / 2 - stats.norm.ppf(0.975) * sqrt(n * (n + 1) * (2 * n + 1) / 24)))
    limits = (listed[rank - 1], listed[-rank]) if rank > 0 else (None, None)
    assert (ours.low, ours.high) == limits


@for_all(column=changes)
def test_turning_the_scale_round_flips_the_sign_and_nothing_else(column):
    assume(any(column))
    up, down = (signed_rank(Counter(sign * d for d in column), decimals=0) for sign in (1, -1))
    assert (up.z, up.z_pratt, up.rank_biserial) == (-down.z, -down.z_pratt, -down.rank_biserial)
    assert (up.W_plus, up.W_minus, up.W_min) == (down.W_minus, down.W_plus, down.W_min)
    assert (up.p_normal, up.p_pratt, up.p_exact_ties) == (down.p_normal, down.p_pratt, down.p_exact_ties)
    assert up.hodges_lehmann.estimate == -down.hodges_lehmann.estimate


@for_all(column=changes, more=changes)
def test_differences_of_two_sites_added_give_the_very_same_bytes(column, more):
    assume(any(column + more))
    added = signed_rank(Counter(column) + Counter(more), decimals=1)
    together = signed_rank(dict(sorted(Counter(more + column).items(), reverse=True)), decimals=1)
    assert json.dumps(added.payload()) == json.dumps(together.payload())


def test_signed_rank_has_the_documented_keys_and_is_json():
    payload = signed_rank({-2: 3, 1: 1}, decimals=0).payload()
    assert list(payload) == SIGNED_RANK.split()
    json.dumps(payload, allow_nan=False)


@for_all(table=rows)
def test_friedman_agrees_with_scipy(table):
    """>>> scipy.stats.friedmanchisquare(*columns)"""
    assume(any(len(set(row)) > 1 for row in table))
    ours = friedman(rank_sums_of(table))
    theirs = stats.friedmanchisquare(*zip(*table, strict=True))
    assert (ours.chi2, ours.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-12)
    assert ours.kendalls_w.estimate == pytest.approx(ours.chi2 / (len(table) * 2), rel=1e-12)


@for_all(column=changes)
def test_friedman_of_two_visits_is_the_sign_test(column):
    """chi2 = (increases - decreases)**2 / (increases + decreases): McNemar's, zeros left out."""
    assume(any(column) and len(column) > 1)
    ups, downs = sum(d > 0 for d in column), sum(d < 0 for d in column)
    told = friedman(rank_sums_of([[0, d] for d in column]))
    assert told.chi2 == pytest.approx((ups - downs) ** 2 / (ups + downs), rel=1e-12)


@for_all(table=rows, more=rows)
def test_rank_sums_of_two_sites_add_up_to_the_pooled_ones(table, more):
    assert rank_sums_of(table) + rank_sums_of(more) == rank_sums_of(table + more)


@for_all(table=rows)
def test_the_order_of_the_patients_does_not_matter_to_friedman(table):
    assert rank_sums_of(table) == rank_sums_of(table[::-1])
    assert friedman(rank_sums_of(table)) == friedman(rank_sums_of(table[::-1]))


def test_a_site_without_complete_patients_adds_nothing():
    sums = rank_sums_of([[1, 2, 3], [2, 2, 5]])
    assert sums + rank_sums_of([], labels=sums.labels) == sums


def test_rank_sums_of_different_visits_do_not_add_up():
    with pytest.raises(ValueError, match="do not add up"):
        rank_sums_of([[1, 2]], labels=("pre", "3m")) + rank_sums_of([[1, 2]], labels=("pre", "12m"))


def test_friedman_has_the_documented_keys_and_is_json():
    payload = friedman(rank_sums_of([[1, 2, 3], [2, 2, 5]])).payload()
    assert list(payload) == ["n", "chi2", "df", "p", "kendalls_w"]
    json.dumps(payload, allow_nan=False)


def test_rank_sums_of_numpy_integers_do_not_overflow():
    n = 4_000_000_000
    ranks = doubled_ranks([1, 1, 2])
    sums = RankSums(
        labels=("a", "b", "c"),
        n=np.int64(n),
        doubled_rank_sums=tuple(np.int64(n * r) for r in ranks),
        tie_sum=np.int64(6 * n),
    )
    assert friedman(sums).chi2 == pytest.approx(2 * n, rel=1e-12)


@pytest.mark.parametrize(
    ("differences", "reason"),
    [
        ({}, "no patient has both values"),
        ({0: 0}, "no patient has both values"),
        ({0: 9}, "no patient's value changed"),
    ],
    ids=["nobody", "a difference counted 0 times", "nobody changed"],
)
def test_a_signed_rank_test_that_cannot_be_made_says_why(differences, reason):
    """R: NaN; SciPy: p = 1 for four zeros."""
    refused = signed_rank(differences, decimals=0)
    assert isinstance(refused, NotEstimable)
    assert reason in refused.payload()["not_estimable"]


@pytest.mark.parametrize(
    ("table", "labels", "reason"),
    [
        ([], ("pre", "3m"), "no patient has a value at every visit"),
        ([[1, 2]], ("pre", "3m"), "only one patient has a value at every visit"),
        ([[1], [2]], ("pre",), "at least 2 visits"),
        ([[4, 4], [0, 0]], ("pre", "3m"), "no patient's value changed between visits"),
    ],
)
def test_a_friedman_test_that_cannot_be_made_says_why(table, labels, reason):
    """R: NaN, or "dim(X) must have a positive length"."""
    refused = friedman(rank_sums_of(table, labels=labels))
    assert isinstance(refused, NotEstimable)
    assert reason in refused.reason


def test_one_changed_patient_has_a_p_of_one_and_no_interval():
    told = signed_rank({-3: 1}, decimals=0)
    assert (told.p_exact, told.hodges_lehmann.low, told.hodges_lehmann.estimate) == (1, None, -3)
