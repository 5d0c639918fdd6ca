"""Exact p-values against coin (R 4.2.2) on all 32 random cohorts, and mid-p by coin and by listing every outcome."""

from collections import Counter

import pytest
from hypothesis import assume
from oracle_cohorts import FOLLOW_UP, read_cohorts
from small_samples import changes, columns, counted, for_all, shares_by_dealing, shares_by_flipping

from outcomes.stats.counts import blocks
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.exact import ExactP, rank_sum_exact, signed_rank_exact
from outcomes.stats.paired import signed_rank
from outcomes.stats.ranks import mann_whitney

COHORTS = read_cohorts()
# Stata's fuel data: miles per gallon of the same twelve cars.
MPG = [a - b for a, b in zip(
    [20, 23, 21, 25, 18, 17, 18, 24, 20, 24, 23, 19], [24, 25, 21, 22, 23, 18, 17, 28, 24, 27, 21, 23], strict=True
)]  # fmt: skip


def test_the_rank_sum_of_every_cohort_agrees_with_coin(tally):
    """> coin::wilcox_test(score ~ factor(group), distribution = "exact")     # 28 against 25 and larger ones too"""
    beyond_the_analysis = 0
    for cohort in COHORTS:
        groups = [cohort.counts(FOLLOW_UP, group=g) for g in (0, 1)]
        said, reported = cohort.r["mwu_exact_coin"], mann_whitney(*groups, decimals=0)
        if isinstance(reported, NotEstimable):
            assert "error" in said or said["p"] == "NaN"
            tally.refusals += 1
            continue
        ours = rank_sum_exact(*groups)
        tally.number(cohort.name, ours.p, said["p"])
        assert reported.p_exact in (ours.p, None)
        beyond_the_analysis += reported.p_exact is None
    assert (tally.numbers, tally.refusals, beyond_the_analysis) == (28, 4, 3)


@pytest.mark.parametrize(
    ("r_key", "attribute"), [("sr_wilc_exact", "p_exact_ties"), ("sr_pratt_exact", "p_pratt_exact")]
)
def test_the_signed_rank_of_every_cohort_agrees_with_coin(r_key, attribute, tally):
    """> coin::wilcoxsign_test(post ~ pre, zero.method = "Wilcoxon", distribution = "exact")     # and "Pratt" """
    for cohort in COHORTS:
        tally.result(cohort.name, signed_rank(cohort.differences(), decimals=0), cohort.r[r_key], p=attribute)
    assert (tally.numbers, tally.refusals) == (27, 5)


def test_mid_p_of_the_rank_sum_agrees_with_coin():
    """> midpvalue(wilcox_test(c(1,2,2,3,5,5,8,2,4,5,6,6,9) ~ factor(rep(1:2, c(7,6))), distribution = "exact"))"""
    told = mann_whitney(*counted([1, 2, 2, 3, 5, 5, 8], [2, 4, 5, 6, 6, 9]), decimals=0)
    assert (told.p_exact, told.p_mid) == pytest.approx((0.210955710955711, 0.196969696969697), rel=1e-12)


def test_mid_p_of_the_signed_rank_agrees_with_coin():
    """> midpvalue(wilcoxsign_test(mpg1 ~ mpg2, zero.method = "Wilcoxon", distribution = "exact"))     # and "Pratt" """
    told = signed_rank(Counter(MPG), decimals=0)
    assert (told.p_exact_ties, told.p_mid) == pytest.approx((0.046875, 0.04296875), rel=1e-12)
    assert (told.p_pratt_exact, told.p_pratt_mid) == pytest.approx((0.0478515625, 0.0439453125), rel=1e-12)


@for_all(a=columns, b=columns)
def test_both_shares_of_the_rank_sum_agree_with_dealing_every_hand(a, b):
    assume(len(a) + len(b) < 15 and len(set(a + b)) > 1)
    ours = rank_sum_exact(*counted(a, b))
    assert (ours.p, ours.mid_p) == pytest.approx(shares_by_dealing(a, b), rel=1e-12)
    assert rank_sum_exact(*counted(b, a)) == ours


@for_all(column=changes)
@pytest.mark.parametrize("pratt", [False, True])
def test_both_shares_of_the_signed_rank_agree_with_flipping_every_sign(pratt, column):
    assume(any(column))
    told = signed_rank(Counter(column), decimals=0)
    ours = (told.p_pratt_exact, told.p_pratt_mid) if pratt else (told.p_exact_ties, told.p_mid)
    assert ours == pytest.approx(shares_by_flipping(column, pratt=pratt), rel=1e-12)


@for_all(a=columns, b=columns)
def test_a_mid_p_is_smaller_than_its_p_and_larger_than_half_of_it(a, b):
    assume(len(set(a + b)) > 1)
    ours = rank_sum_exact(*counted(a, b))
    assert ours.p / 2 <= ours.mid_p < ours.p <= 1


def test_what_would_take_too_long_is_refused_with_the_sizes():
    many = Counter(range(5000))
    assert rank_sum_exact(many, many) == NotEstimable("groups of 5000 and 5000 are too large to deal out in every way")
    refused = signed_rank_exact(blocks(Counter(range(1, 2001))), upwards={1: 1})
    assert refused == NotEstimable("2000 differences are too many to flip in every way")


def test_a_small_group_may_stand_against_a_large_one():
    """> dealing 3 of 400: choose(400, 3) hands, of which 2 lie as far out as the three smallest"""
    hands = 400 * 399 * 398 / 6
    assert rank_sum_exact(Counter(range(3)), Counter(range(3, 400))) == ExactP(p=2 / hands, mid_p=1 / hands)


def test_equal_values_everywhere_have_a_p_of_one_and_a_mid_p_of_a_half():
    assert rank_sum_exact({4: 5}, {4: 6}) == ExactP(p=1, mid_p=0.5)
