"""Van Elteren's test: by hand, against coin on the 32 cohorts by centre, and what must not change."""

import json
from collections import Counter
from math import sqrt

import pytest
from hypothesis import assume
from oracle_cohorts import FOLLOW_UP, ORACLE, read_cohorts
from scipy import stats
from small_samples import columns, counted, for_all

from outcomes.stats.effects import cliffs_delta
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.ranks import mann_whitney
from outcomes.stats.van_elteren import stratified_delta, van_elteren

COHORTS = read_cohorts()
THREE = [([3, 5, 5, 8], [1, 2, 5]), ([7, 7, 4], [2, 4, 9]), ([1, 6], [1])]


def counts_of(strata):
    return [tuple(counted(a, b)) for a, b in strata]


def test_every_cohort_by_centre_agrees_with_coin(tally):
    """> independence_test(score ~ factor(group) | factor(centre), teststat = "scalar", ytrafo = function(data)
    >     trafo(data, numeric_trafo = function(y) rank(y) / (length(y) + 1), block = factor(centre)))

    Follow-up scores; centres without both groups left out, as they say nothing; coin gives NaN where nothing varies.
    tests/oracle/van_elteren_R.json holds what it printed (coin 1.4-2, R 4.2.2).
    """
    said, strata = json.loads((ORACLE / "van_elteren_R.json").read_text()), 0
    for cohort in COHORTS:
        ours = van_elteren(cohort.by_centre(FOLLOW_UP))
        tally.result(cohort.name, ours, said[cohort.name], z="z", p="p", strata="strata")
        strata += 0 if isinstance(ours, NotEstimable) else ours.strata
    assert (tally.numbers, tally.refusals, strata) == (23 * 3, 9, 53)


def test_two_strata_by_hand():
    """Stratum 1: 1, 3 against 2, 4, 5: W = 1 + 3 = 4, mean 2*6/2 = 6, variance 2*3*6/12 = 3, weight 1/6.
    Stratum 2: 6, 9 against 7: W = 1 + 3 = 4, mean 2*4/2 = 4, variance 2*1*4/12 = 2/3, weight 1/4.
    """
    told = van_elteren(counts_of([([1, 3], [2, 4, 5]), ([6, 9], [7])]))
    away, variance = (4 - 6) / 6 + (4 - 4) / 4, 3 / 36 + (2 / 3) / 16
    assert told.z == pytest.approx(away / sqrt(variance), rel=1e-12)
    assert told.statistic == pytest.approx(away**2 / variance, rel=1e-12)
    assert (told.n1, told.n2, told.strata, told.df) == (4, 4, 2, 1)
    assert told.p == pytest.approx(2 * stats.norm.sf(abs(told.z)), rel=1e-12)


def test_it_is_not_coins_wilcox_test_by_block():
    """> wilcox_test(y ~ g | s)     # z = 1.5958718535709: every stratum's rank sum weighs alike
    > independence_test(... rank(y) / (length(y) + 1) ...)     # z = 1.54083269131985
    """
    told = van_elteren(counts_of(THREE))
    assert told.z == pytest.approx(1.54083269131985, rel=1e-12)
    assert abs(told.z - 1.5958718535709) > 0.05


@for_all(a=columns, b=columns)
def test_one_stratum_is_the_rank_sum_test(a, b):
    assume(len(set(a + b)) > 1)
    alone, pair = van_elteren(counts_of([(a, b)])), mann_whitney(*counted(a, b), decimals=0)
    assert (alone.z, alone.p) == pytest.approx((pair.z, pair.p_normal), rel=1e-9, abs=1e-12)
    assert alone.stratified_delta.estimate == pytest.approx(pair.cliffs_delta.estimate)
    if min(len(a), len(b)) > 1:
        ours, theirs = alone.stratified_delta, pair.cliffs_delta
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-12)


@for_all(a=columns, b=columns, c=columns)
def test_the_order_of_the_strata_and_those_without_both_groups_do_not_matter(a, b, c):
    strata = counts_of([(a, b), (c, b), (b, c)])
    assert van_elteren(strata) == van_elteren(strata[::-1]) == van_elteren([*strata, (Counter(a), {}), ({}, {})])


@for_all(a=columns, b=columns, c=columns)
def test_swapping_the_groups_mirrors_z_and_delta(a, b, c):
    strata = counts_of([(a, b), (c, a)])
    one, two = van_elteren(strata), van_elteren([(second, first) for first, second in strata])
    if isinstance(one, NotEstimable):
        assert one == two
        return
    assert (one.z, one.p) == (-two.z if two.z else 0, two.p)
    assert one.stratified_delta.low == pytest.approx(-two.stratified_delta.high)


@for_all(a=columns, b=columns, c=columns)
def test_a_shift_of_a_whole_stratum_changes_nothing(a, b, c):
    shifted = [([x + 100 for x in a], [x + 100 for x in b]), (c, a)]
    assert van_elteren(counts_of(shifted)) == van_elteren(counts_of([(a, b), (c, a)]))


def test_a_difference_between_sites_alone_is_not_taken_for_one_between_groups():
    """Site 2 scores 5 higher and has most of group b; pooled, the groups differ, within the sites they do not."""
    site_1, site_2 = ([1, 2, 3, 1, 2, 3, 1, 2, 3], [1, 2, 3]), ([6, 7, 8], [6, 7, 8, 6, 7, 8, 6, 7, 8])
    stratified = van_elteren(counts_of([site_1, site_2]))
    pooled = mann_whitney(*counted(site_1[0] + site_2[0], site_1[1] + site_2[1]), decimals=0)
    assert (stratified.z, stratified.p) == (0, 1)
    assert pooled.p_normal < 0.05


def test_the_interval_of_the_stratified_delta_holds_it_and_is_wider_where_a_group_has_one_value():
    told = stratified_delta(counts_of(THREE))
    assert -1 <= told.low < told.estimate < told.high <= 1
    weights, deltas = (4 * 3 / 8, 3 * 3 / 7, 2 * 1 / 4), [cliffs_delta(*pair).estimate for pair in counts_of(THREE)]
    mean = sum(w * d for w, d in zip(weights, deltas, strict=True)) / sum(weights)
    assert told.estimate == pytest.approx(mean)


def test_groups_apart_in_every_stratum_have_a_delta_of_one_and_a_finite_interval():
    told = stratified_delta(counts_of([([5, 6], [1, 2]), ([8], [3, 4, 4])]))
    assert (told.estimate, told.high) == (1, 1)
    assert told.low == pytest.approx(2 * stats.binomtest(3, 3).proportion_ci(method="wilson").low - 1)


@pytest.mark.parametrize(
    ("strata", "reason"),
    [
        ([], "no stratum has values in both groups"),
        ([({1: 3}, {}), ({}, {2: 1})], "no stratum has values in both groups"),
        ([({1: 3}, {1: 2}), ({4: 1}, {4: 1})], "within each stratum all values are the same"),
    ],
    ids=["nobody", "no stratum with both", "all tied"],
)
def test_a_comparison_that_cannot_be_made_says_why(strata, reason):
    refused = van_elteren(strata)
    assert isinstance(refused, NotEstimable)
    assert reason in refused.reason


def test_the_payload_is_json():
    told = van_elteren(counts_of(THREE)).payload()
    assert list(told) == ["n1", "n2", "strata", "z", "statistic", "df", "p", "stratified_delta"]
    json.dumps(told, allow_nan=False)
