"""Rank tests of independent groups, by a second way: SciPy, enumeration, and what must not change."""

import json
from collections import Counter
from math import sqrt

import numpy as np
import pytest
from hypothesis import assume
from scipy import stats
from small_samples import cliff_by_matrix, columns, counted, drawn, for_all, pairwise, rank_sum_p_by_dealing

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.ranks import dunn, kruskal_wallis, mann_whitney

SEEDS = range(60)


@for_all(a=columns, b=columns, c=columns)
def test_kruskal_wallis_agrees_with_scipy(a, b, c):
    """>>> scipy.stats.kruskal(a, b, c)"""
    assume(len(set(a + b + c)) > 1)
    ours = kruskal_wallis(dict(zip("abc", counted(a, b, c), strict=True)))
    theirs = stats.kruskal(a, b, c)
    assert (ours.H, ours.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-12)


@for_all(a=columns, b=columns)
def test_mann_whitney_agrees_with_scipy(a, b):
    """>>> scipy.stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=False)     # and True"""
    assume(len(set(a + b)) > 1)
    ours = mann_whitney(*counted(a, b), decimals=0)
    for corrected, p in ((False, ours.p_normal), (True, ours.p_normal_cc)):
        theirs = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=corrected)
        assert (ours.U1, p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_exact_p_agrees_with_dealing_every_hand(seed):
    a, b = drawn(seed)
    if len(set(a + b)) > 1:
        assert mann_whitney(*counted(a, b), decimals=0).p_exact == pytest.approx(rank_sum_p_by_dealing(a, b), rel=1e-12)


@pytest.mark.parametrize(("n1", "n2"), [(5, 6), (25, 25), (49, 49), (3, 49)])
def test_the_exact_p_without_ties_agrees_with_scipy(n1, n2):
    """>>> scipy.stats.mannwhitneyu(a, b, method="exact")     # R's rule: both groups below 50"""
    values = np.random.default_rng(n1).permutation(n1 + n2).tolist()
    ours = mann_whitney(*counted(values[:n1], values[n1:]), decimals=0)
    theirs = stats.mannwhitneyu(values[:n1], values[n1:], method="exact").pvalue
    assert ours.p_exact == pytest.approx(theirs, rel=1e-9)


def test_groups_too_large_for_the_exact_p_say_none():
    values = list(range(100))
    assert mann_whitney(*counted(values[:50], values[50:]), decimals=0).p_exact is None
    assert mann_whitney(*counted(values[:3], values[3:60]), decimals=0).p_exact is None
    assert mann_whitney({0: 20, 1: 6}, {0: 20, 1: 5}, decimals=0).p_exact is None


@pytest.mark.parametrize("seed", SEEDS)
def test_cliffs_delta_agrees_with_the_dominance_matrix(seed):
    """> effsize::cliff.delta(a, b, use.unbiased = FALSE, use.normal = TRUE)     # the same formulas"""
    a, b = drawn(seed)
    delta, variance = cliff_by_matrix(a, b) if min(len(a), len(b)) > 1 else (None, None)
    if delta is None or abs(delta) == 1 or len(set(a + b)) == 1:
        return
    ours = mann_whitney(*counted(a, b), decimals=0).cliffs_delta
    z2v = stats.norm.ppf(0.975) ** 2 * variance
    middle, half = delta - delta**3, sqrt(z2v) * sqrt((1 - delta**2) ** 2 + z2v)
    limits = [(middle + side * half) / (1 - delta**2 + z2v) for side in (-1, 1)]
    assert [ours.estimate, ours.low, ours.high] == pytest.approx([delta, *limits], rel=1e-9, abs=1e-12)


def test_groups_that_do_not_overlap_have_a_delta_of_one_and_a_finite_interval():
    delta = mann_whitney({1: 7}, {5: 7}, decimals=0).cliffs_delta
    wilson_low = stats.binomtest(7, 7).proportion_ci(method="wilson").low
    assert (delta.estimate, delta.low) == (-1, -1)
    assert delta.high == pytest.approx(1 - 2 * wilson_low)


@pytest.mark.parametrize("seed", SEEDS)
def test_hodges_lehmann_agrees_with_listing_every_difference(seed):
    a, b = drawn(seed)
    if len(set(a + b)) == 1:
        return
    ours, listed = mann_whitney(*counted(a, b), decimals=1).hodges_lehmann, pairwise(a, b)
    assert ours.estimate == pytest.approx(np.median(listed) / 10)
    n1, n2, N = len(a), len(b), len(a) + len(b)
    ties = sum(t**3 - t for t in Counter(a + b).values())
    rank = int(np.floor(n1 * n2 / 2 - stats.norm.ppf(0.975) * sqrt(n1 * n2 / 12 * (N + 1 - ties / (N * (N - 1))))))
    if rank < 1:
        assert (ours.low, ours.high, ours.method) == (None, None, "no 95 % interval: too few values")
    else:
        assert [ours.low, ours.high] == pytest.approx([listed[rank - 1] / 10, listed[-rank] / 10])


def test_hodges_lehmann_of_numbers_beyond_64_bits_is_still_exact():
    huge = 2**70
    shift = mann_whitney({huge: 3, huge + 4: 2}, {0: 3, 2: 2}, decimals=0).hodges_lehmann
    assert shift.estimate == float(np.median([huge + x - y for x in (0, 0, 0, 4, 4) for y in (0, 0, 0, 2, 2)]))


def test_dunn_compares_each_pair_once_in_the_groups_order():
    pairs = dunn({"3m": {1: 4, 2: 1}, "baseline": {5: 3, 2: 2}, "12m": {0: 3}})
    assert [(pair.a, pair.b) for pair in pairs] == [("3m", "baseline"), ("3m", "12m"), ("baseline", "12m")]
    assert [(pair.n_a, pair.n_b) for pair in pairs] == [(5, 5), (5, 3), (5, 3)]


def test_dunns_z_is_positive_where_the_first_group_ranks_higher():
    assert dunn({"high": {9: 5}, "low": {1: 5}})[0].z > 0


def test_a_million_tied_values_do_not_overflow():
    """T is then 2.7e19 and more; 64-bit integers end at 9.2e18. z grows with the square root of n."""
    small = {"a": {0: 3, 1: 2}, "b": {0: 2, 1: 3}}
    large = {g: {np.int64(v): np.int64(c * 10**6) for v, c in counts.items()} for g, counts in small.items()}
    assert dunn(large)[0].z == pytest.approx(dunn(small)[0].z * 1000 * sqrt(10 / 9), rel=1e-5)
    # Between 5 and 5 million, sqrt(N/(N-1)) differs: 10/9 belongs to the ten values of the small sample.


def test_a_far_tail_keeps_its_digits():
    """>>> 2 * scipy.stats.norm.sf(z)     # where 1 - cdf is 0"""
    far = mann_whitney({0: 300}, {1: 300}, decimals=0)
    assert 0 < far.p_normal < 1e-100
    assert far.p_normal == pytest.approx(2 * stats.norm.sf(abs(far.z)), rel=1e-12)


# What must and what must not change.


@for_all(a=columns, b=columns)
def test_kruskal_wallis_of_two_groups_is_mann_whitneys_z_squared(a, b):
    assume(len(set(a + b)) > 1)
    a, b = counted(a, b)
    omnibus, pair = kruskal_wallis({"a": a, "b": b}), mann_whitney(a, b, decimals=0)
    assert pytest.approx(pair.z**2, rel=1e-12, abs=1e-15) == omnibus.H
    assert omnibus.p == pytest.approx(pair.p_normal, rel=1e-9)
    assert dunn({"a": a, "b": b})[0].z == pytest.approx(pair.z, rel=1e-12)


@for_all(a=columns, b=columns, c=columns)
def test_turning_the_scale_round_flips_z_and_nothing_else(a, b, c):
    assume(len(set(a + b + c)) > 1)
    straight, turned = (
        {g: {sign * v: n for v, n in Counter(x).items()} for g, x in (("a", a), ("b", b), ("c", c))} for sign in (1, -1)
    )
    assert kruskal_wallis(straight) == kruskal_wallis(turned)
    for one, two in zip(dunn(straight), dunn(turned), strict=True):
        assert one.payload() == two.payload() | {"z": -two.z if two.z else 0.0}


@for_all(a=columns, b=columns)
def test_swapping_the_groups_mirrors_u_delta_and_shift(a, b):
    assume(len(set(a + b)) > 1)
    one, two = mann_whitney(*counted(a, b), decimals=0), mann_whitney(*counted(b, a), decimals=0)
    assert len(a) * len(b) == one.U1 + two.U1
    assert (one.p_normal, one.p_normal_cc, one.p_exact, one.p_mid) == (
        two.p_normal,
        two.p_normal_cc,
        two.p_exact,
        two.p_mid,
    )
    assert one.cliffs_delta.estimate == -two.cliffs_delta.estimate
    assert one.hodges_lehmann.estimate == -two.hodges_lehmann.estimate


@for_all(a=columns, b=columns)
def test_ranks_do_not_care_for_the_distances_between_values(a, b):
    assume(len(set(a + b)) > 1)
    stretched = [{v**3: n for v, n in x.items()} for x in counted(a, b)]
    one, two = mann_whitney(*counted(a, b), decimals=0), mann_whitney(*stretched, decimals=0)
    assert one.payload() | {"hodges_lehmann": 0} == two.payload() | {"hodges_lehmann": 0}


@for_all(a=columns, b=columns, more=columns)
def test_counts_of_two_sites_added_give_the_very_same_bytes_as_their_rows_together(a, b, more):
    assume(len(set(a + b + more)) > 1)
    added = {"a": Counter(a) + Counter(more), "b": Counter(b)}
    together = {"a": dict(sorted(Counter(more + a).items())), "b": dict(reversed(Counter(b).items()))}
    one, two = (json.dumps([kruskal_wallis(g).payload(), *(p.payload() for p in dunn(g))]) for g in (added, together))
    assert one == two


def test_epsilon_squared_is_h_over_n_minus_1_inside_its_interval():
    """> effectsize::rank_epsilon_squared(x, g)     # the estimate; its interval is a bootstrap, ours is not"""
    groups = {"a": {1: 5, 2: 5}, "b": {2: 5, 3: 5}, "c": {4: 9}}
    told = kruskal_wallis(groups)
    share = told.epsilon_squared
    assert share.estimate == pytest.approx(told.H / 28)
    assert 0 < share.low < share.estimate < share.high <= 1
    assert stats.ncx2.sf(told.H, 2, share.low * 28) == pytest.approx(0.025)


def test_epsilon_squared_of_groups_alike_reaches_down_to_zero():
    share = kruskal_wallis({"a": {1: 5, 2: 5}, "b": {1: 4, 2: 6}}).epsilon_squared
    assert share.low == 0 < share.estimate < share.high


def test_groups_more_alike_than_any_noncentrality_makes_them_have_no_interval_and_not_one_of_no_width():
    """>>> scipy.stats.ncx2.cdf(0, 1, 1e-9)     # 0: H = 0 is no 2.5 % point of any of these distributions"""
    share = kruskal_wallis({"a": {1: 5, 2: 5}, "b": {1: 5, 2: 5}}).epsilon_squared
    assert (share.estimate, share.low, share.high) == (0, None, None)
    assert share.method == "no 95 % interval: the groups are more alike than chance would have them"


# Where there is no answer.


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ({}, "fewer than two groups"),
        ({"a": {1: 3}}, "fewer than two groups"),
        ({"a": {1: 3, 2: 1}, "b": {}}, "fewer than two groups"),
        ({"a": {1: 3, 2: 1}, "b": {4: 0}}, "fewer than two groups"),
        ({"a": {5: 3}, "b": {5: 2}}, "all values are the same"),
    ],
    ids=["nobody", "one group", "one group and an empty one", "a group of zero counts", "all tied"],
)
def test_a_comparison_that_cannot_be_made_says_why(groups, reason):
    """R: NaN or an error; SciPy: nan, or p = 1."""
    for compare in (kruskal_wallis, dunn):
        refused = compare(groups)
        assert isinstance(refused, NotEstimable)
        assert reason in refused.reason
        assert refused.payload() == {"not_estimable": refused.reason}
    if len(groups) == 2:
        assert reason in mann_whitney(*groups.values(), decimals=0).reason


def test_an_empty_group_is_left_out_of_the_test_and_kept_in_n():
    """> kruskal.test(list(c(1,1,2), c(2,3), numeric(0)))     # df = 1; SciPy answers nan"""
    with_empty = kruskal_wallis({"a": {1: 2, 2: 1}, "b": {2: 1, 3: 1}, "none": {}})
    assert (with_empty.n, with_empty.df) == ({"a": 3, "b": 2, "none": 0}, 1)
    assert with_empty.H == kruskal_wallis({"a": {1: 2, 2: 1}, "b": {2: 1, 3: 1}}).H


def test_two_patients_have_a_p_but_no_intervals():
    pair = mann_whitney({1: 1}, {2: 1}, decimals=0)
    assert pair.p_exact == 1
    assert (pair.hodges_lehmann.estimate, pair.hodges_lehmann.low, pair.hodges_lehmann.high) == (-1, None, None)


KRUSKAL_WALLIS = ["n", "H", "df", "p", "epsilon_squared"]
DUNN = ["a", "b", "n_a", "n_b", "z", "p", "p_bonferroni", "p_holm", "p_bh", "p_one_sided", "p_stata"]
MANN_WHITNEY = [
    "n1",
    "n2",
    "U1",
    "z",
    "p_normal",
    "p_normal_cc",
    "p_exact",
    "p_mid",
    "has_ties",
    "cliffs_delta",
    "hodges_lehmann",
]


def test_payloads_have_the_documented_keys_and_are_json():
    a, b = {1: 2, 2: 1}, {2: 1, 3: 1}
    told = [kruskal_wallis({"a": a, "b": b}), dunn({"a": a, "b": b})[0], mann_whitney(a, b, decimals=0)]
    assert [list(result.payload()) for result in told] == [KRUSKAL_WALLIS, DUNN, MANN_WHITNEY]
    assert list(told[0].payload()["epsilon_squared"]) == ["estimate", "low", "high", "level", "method"]
    json.dumps([result.payload() for result in told], allow_nan=False)
