"""Shares with both intervals, the ratio of two shares, and responders: by SciPy, statsmodels and by hand."""

import json
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import strategies
from scipy import stats
from small_samples import changes, for_all
from statsmodels.stats.proportion import confint_proportions_2indep

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.proportions import chi_squared, clopper_pearson, risk_ratio, wilson
from outcomes.stats.responders import responders
from outcomes.stats.shares import share

counts = strategies.integers(min_value=0, max_value=40)


@pytest.mark.parametrize(
    ("x", "n", "low", "high"), [(1, 14, 0.2, 33.9), (0, 53, 0.0, 6.7), (42, 45, 81.7, 98.6), (3, 5, 14.7, 94.7)]
)
def test_the_exact_intervals_of_the_published_shares_are_these(x, n, low, high):
    """> binom.test(x, n)$conf.int"""
    told = clopper_pearson(x, n)
    assert (round(100 * told.low, 1), round(100 * told.high, 1)) == (low, high)


@for_all(x=counts, beyond=counts, level=strategies.sampled_from([0.9, 0.95, 0.99]))
def test_the_exact_interval_agrees_with_scipy(x, beyond, level):
    """>>> scipy.stats.binomtest(x, n).proportion_ci(level, method="exact")"""
    n = x + beyond
    if n == 0:
        assert isinstance(clopper_pearson(x, n), NotEstimable)
        return
    told, said = clopper_pearson(x, n, level), stats.binomtest(x, n).proportion_ci(level, method="exact")
    assert (told.low, told.high) == pytest.approx((said.low, said.high), abs=1e-10)
    assert (told.estimate, told.level) == (x / n, level)


def test_more_than_all_is_a_mistake_for_the_exact_interval_too():
    with pytest.raises(ValueError, match="is not a share"):
        clopper_pearson(3, 2)


def test_a_share_shows_both_intervals_and_a_share_of_nobody_its_reason():
    told = share(1, 14)
    assert list(told) == ["x", "n", "wilson", "clopper_pearson"]
    assert (told["x"], told["n"]) == (1, 14)
    assert (told["wilson"], told["clopper_pearson"]) == (wilson(1, 14).payload(), clopper_pearson(1, 14).payload())
    assert share(0, 0) == {"x": 0, "n": 0, "not_estimable": "nobody to take a share of"}
    json.dumps(told, allow_nan=False)


# The ratio of two shares.

some = strategies.integers(min_value=1, max_value=30)


@for_all(x1=some, rest1=counts, x2=some, rest2=counts)
def test_the_risk_ratio_agrees_with_statsmodels(x1, rest1, x2, rest2):
    """>>> confint_proportions_2indep(x1, n1, x2, n2, compare="ratio", method="log")"""
    told = risk_ratio(x1, x1 + rest1, x2, x2 + rest2)
    said = confint_proportions_2indep(x1, x1 + rest1, x2, x2 + rest2, compare="ratio", method="log")
    assert (told.low, told.high) == pytest.approx(said, rel=1e-9)
    assert told.estimate == pytest.approx(x1 / (x1 + rest1) / (x2 / (x2 + rest2)))


def test_the_risk_ratio_of_aspirin_and_infarction_is_the_physicians_health_studys():
    """104 of 11 037 on aspirin, 189 of 11 034 on placebo: 0.55 (0.43 to 0.70). Agresti, Categorical Data Analysis."""
    told = risk_ratio(104, 11037, 189, 11034)
    assert (round(told.estimate, 2), round(told.low, 2), round(told.high, 2)) == (0.55, 0.43, 0.70)


@pytest.mark.parametrize("shares", [(0, 4, 2, 5), (2, 4, 0, 5), (0, 4, 0, 5)])
def test_a_ratio_to_or_from_nobody_is_refused_and_nothing_is_added_to_the_counts(shares):
    refused = risk_ratio(*shares)
    assert isinstance(refused, NotEstimable)
    assert "has no limits" in refused.reason


def test_a_fourfold_table_carries_the_ratio_of_the_shares_its_difference_is_of():
    told = chi_squared({"acupuncture": {"0": 74, "1": 87}, "control": {"0": 95, "1": 45}})
    assert told.risk_ratio.estimate == pytest.approx(87 / 161 / (45 / 140))
    assert told.payload()["risk_ratio"]["method"] == "Katz log; share of '1', acupuncture over control"
    refused = chi_squared({"a": {"0": 3, "1": 0}, "b": {"0": 1, "1": 2}}).payload()["risk_ratio"]
    assert list(refused) == ["not_estimable"]


# Responders.


@for_all(sample=changes, threshold=strategies.sampled_from(["1", "1.5", "2"]), missing=strategies.integers(0, 5))
def test_responders_are_those_whose_change_reaches_the_threshold(sample, threshold, missing):
    by = {"decimals": 0, "improvement": Fraction(threshold), "missing": missing}
    fell, rose = (responders(Counter(sample), better=better, **by) for better in ("lower", "higher"))
    assert fell.x == sum(change <= -float(threshold) for change in sample)
    assert rose.x == sum(change >= float(threshold) for change in sample)
    assert (fell.n, fell.missing) == (len(sample), missing)
    assert fell.worst_case == share(fell.x, len(sample) + missing)
    assert fell.best_case == share(fell.x + missing, len(sample) + missing)


def test_a_change_of_exactly_the_threshold_is_enough_whatever_the_decimals():
    """-1.50 and -1.49 points, threshold 1.5."""
    told = responders({-150: 2, -149: 3}, decimals=2, improvement=Fraction("1.5"), better="lower")
    assert (told.x, told.n) == (2, 5)


def test_responders_of_nobody_are_refused_but_the_extremes_of_the_missing_are_told():
    told = responders({}, decimals=0, improvement=Fraction(2), better="lower", missing=3).payload()
    assert told["not_estimable"] == "nobody to take a share of"
    assert (told["worst_case"]["x"], told["best_case"]["x"], told["best_case"]["n"]) == (0, 3, 3)
    json.dumps(told, allow_nan=False)


def test_a_threshold_of_nothing_is_a_mistake():
    with pytest.raises(ValueError, match="is none"):
        responders({}, decimals=0, improvement=Fraction(0), better="lower")
