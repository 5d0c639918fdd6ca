"""Paired yes and no: against SciPy and statsmodels, published intervals, and what is refused."""

import json
from fractions import Fraction
from itertools import product
from math import comb

import pytest
from hypothesis import assume, strategies
from scipy import stats
from small_samples import for_all
from statsmodels.stats.contingency_tables import mcnemar as by_statsmodels

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.mcnemar import mcnemar, paired_difference

cells = strategies.integers(min_value=0, max_value=15)
fourfolds = strategies.tuples(cells, cells, cells, cells)
CELLS = ("yes_yes", "yes_no", "no_yes", "no_no")


def pairs(*many):
    return dict(zip(CELLS, many, strict=True))


@for_all(many=fourfolds)
def test_mcnemar_agrees_with_statsmodels_and_scipy(many):
    """>>> statsmodels.stats.contingency_tables.mcnemar(table, exact=..., correction=...); binomtest(b, b + c)"""
    _, b, c, _ = many
    assume(b + c)
    ours, table = mcnemar(**pairs(*many)), [many[:2], many[2:]]
    plain = by_statsmodels(table, exact=False, correction=False)
    assert (ours.chi2, ours.p_asymptotic) == pytest.approx((plain.statistic, plain.pvalue), rel=1e-9)
    if b != c:  # where b = c statsmodels takes (0 - 1)**2, R's mcnemar.test and we 0
        corrected = by_statsmodels(table, exact=False, correction=True)
        assert (ours.chi2_cc, ours.p_cc) == pytest.approx((corrected.statistic, corrected.pvalue), rel=1e-9, abs=1e-12)
    else:
        assert (ours.chi2_cc, ours.p_cc) == (0, 1)
    assert ours.p_exact == pytest.approx(stats.binomtest(b, b + c).pvalue, rel=1e-9)


@for_all(b=cells, c=cells)
def test_exact_and_mid_p_agree_with_listing_every_split(b, c):
    assume(b + c)
    n, away = b + c, abs(b - c)
    chance = {k: Fraction(comb(n, k), 2**n) for k in range(n + 1)}
    further = sum(p for k, p in chance.items() if abs(2 * k - n) > away)
    equal = sum(p for k, p in chance.items() if abs(2 * k - n) == away)
    ours = mcnemar(**pairs(3, b, c, 4))
    assert (ours.p_exact, ours.p_mid) == pytest.approx((float(further + equal), float(further + equal / 2)), rel=1e-12)


@pytest.mark.parametrize(("b", "c"), [(2600, 2500), (4000, 4000), (90, 5100)])
def test_the_exact_p_of_thousands_who_changed_agrees_with_scipy(b, c):
    """>>> binomtest(b, b + c)     # where ours goes by floating point"""
    ours = mcnemar(**pairs(10, b, c, 10))
    assert ours.p_exact == pytest.approx(stats.binomtest(b, b + c).pvalue, rel=1e-7, abs=1e-300)
    assert 0 < ours.p_mid <= ours.p_exact or ours.p_exact < 1e-300


def test_the_airway_example_has_its_published_numbers():
    """Airway hyper-responsiveness before and after transplantation: Bentur 2009 in Fagerland, Stat Med 2014;33:2850-75.

    > mcnemar.test(matrix(c(1, 7, 1, 12), 2), correct = FALSE)$p.value; binom.test(1, 8)$p.value     # 0.0339, 0.0703
    """
    told = mcnemar(**pairs(1, 1, 7, 12))
    assert [round(p, 4) for p in (told.p_asymptotic, told.p_cc, told.p_exact, told.p_mid)] == [0.0339, 0.0771, 0.0703,
                                                                                              0.0391]  # fmt: skip
    difference = told.risk_difference
    assert [round(x, 3) for x in (difference.estimate, difference.low, difference.high)] == [0.286, 0.026, 0.507]


def test_the_paired_interval_of_complete_response_is_the_published_one():
    """Cavo 2012 in Fagerland, Statistical Analysis of Contingency Tables, chapter 8: 0.0621 (0.0046 to 0.1186)."""
    told = paired_difference(**pairs(59, 6, 16, 80))
    assert [round(x, 4) for x in (told.estimate, told.low, told.high)] == [0.0621, 0.0046, 0.1186]


@for_all(many=fourfolds)
def test_turning_before_and_after_round_turns_the_difference_and_no_p(many):
    a, b, c, d = many
    assume(b + c)
    one, two = mcnemar(**pairs(a, b, c, d)), mcnemar(**pairs(a, c, b, d))
    assert (one.p_asymptotic, one.p_cc, one.p_exact, one.p_mid) == (two.p_asymptotic, two.p_cc, two.p_exact, two.p_mid)
    assert one.risk_difference.estimate == -two.risk_difference.estimate
    assert one.risk_difference.low == pytest.approx(-two.risk_difference.high, abs=1e-12)


@pytest.mark.parametrize("many", [many for many in product((0, 1, 4), repeat=4) if sum(many)])
def test_the_paired_interval_holds_its_estimate_and_stays_within_one_whatever_is_empty(many):
    told = paired_difference(**pairs(*many))
    assert -1 <= told.low <= told.estimate <= told.high <= 1


@pytest.mark.parametrize(
    ("many", "reason"), [((5, 0, 0, 7), "nobody changed between yes and no"), ((0, 0, 0, 0), "nobody has both values")]
)
def test_pairs_that_test_nothing_are_refused(many, reason):
    """R: NaN, or a chi-squared without a p."""
    refused = mcnemar(**pairs(*many))
    assert isinstance(refused, NotEstimable)
    assert reason in refused.reason


def test_a_difference_of_nobody_is_refused_and_of_people_who_did_not_change_is_zero():
    assert isinstance(paired_difference(**pairs(0, 0, 0, 0)), NotEstimable)
    told = paired_difference(**pairs(5, 0, 0, 7))
    assert told.estimate == 0
    assert told.low < 0 < told.high


def test_fewer_than_none_is_a_mistake():
    with pytest.raises(ValueError, match="fewer than 0"):
        mcnemar(**pairs(1, -1, 2, 3))


def test_the_payload_has_the_documented_keys_and_is_json():
    payload = mcnemar(**pairs(1, 2, 3, 4)).payload()
    keys = ["n_pairs", "chi2", "p_asymptotic", "chi2_cc", "p_cc", "p_exact", "p_mid", "risk_difference"]
    assert list(payload) == keys
    json.dumps(payload, allow_nan=False)
