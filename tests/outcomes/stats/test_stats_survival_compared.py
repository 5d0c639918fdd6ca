"""The log-rank test, the cumulative incidence and Gray's test: R's printed numbers, SciPy, and what must not be given.

R 4.2.2 with survival 3.5-3 and cmprsk 2.2-11 said the numbers of the twenty invented procedures.
"""

from fractions import Fraction

import pytest
from oracle_cohorts import ended_of
from scipy.stats import logrank as scipy_logrank
from small_samples import for_all
from twenty_procedures import EVERYBODY, by, close, few_rows, sample, within_sites

from outcomes.stats.competing import cumulative_incidence, incidence_difference
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.gray import gray
from outcomes.stats.logrank import log_rank, stratified_log_rank
from outcomes.stats.survival import kaplan_meier
from outcomes.stats.times import together


def test_the_log_rank_test_and_its_expected_events_are_rs():
    """> survdiff(Surv(time, status == 1) ~ arm)     # chisq 0.253239229484; expected 4.74218880535, 4.25781119465"""
    test = log_rank(by(2))
    assert (test.chi2, *test.expected.values()) == close(0.253239229484, 4.74218880535, 4.25781119465)
    assert (test.df, test.observed) == (1, {"a": 4, "b": 5})


def test_the_hazard_ratio_is_the_one_step_estimate_from_observed_expected_and_variance():
    """> x <- survdiff(Surv(time, status == 1) ~ arm); d <- x$obs[1] - x$exp[1]; v <- x$var[1, 1]
    > exp(d / v + c(0, -1, 1) * qnorm(.975) / sqrt(v))

    0.710912487335 0.188223160033 2.685092336995
    """
    ratio = log_rank(by(2)).hazard_ratio
    assert (ratio.estimate, ratio.low, ratio.high) == close(0.710912487335, 0.188223160033, 2.685092336995)
    assert ratio.method == "Peto one-step from the log-rank test, a against b"


def test_turning_the_groups_round_turns_the_hazard_ratio_over_and_leaves_p():
    there, back = log_rank(by(2)), log_rank(dict(reversed(by(2).items())))
    assert back.p == there.p
    assert back.hazard_ratio.estimate == pytest.approx(1 / there.hazard_ratio.estimate)
    assert back.hazard_ratio.low == pytest.approx(1 / there.hazard_ratio.high)


def test_the_stratified_log_rank_test_is_rs():
    """> x <- survdiff(Surv(time, status == 1) ~ arm + strata(site))     # chisq 0.11977837174, p 0.729274987634

    one-step hazard ratio 0.792798833958 0.212866283956 2.952698658720
    """
    test = stratified_log_rank(within_sites(2))
    assert (test.chi2, test.p) == close(0.11977837174, 0.729274987634)
    assert test.expected == pytest.approx({"a": 2.91587301587 + 1.6, "b": 3.08412698413 + 1.4})
    ratio = test.hazard_ratio
    assert (ratio.estimate, ratio.low, ratio.high) == close(0.792798833958, 0.212866283956, 2.952698658720)


def test_three_groups_are_compared_as_r_does_and_have_no_hazard_ratio():
    """> survdiff(Surv(time, status == 1) ~ arm3)                    # chisq 0.411812158859, p 0.813909515539
    > survdiff(Surv(time, status == 1) ~ arm3 + strata(site))     # chisq 0.216723999283, p 0.897302714369
    """
    one, within = log_rank(by(3)), stratified_log_rank(within_sites(3))
    assert (one.chi2, one.p, one.df) == close(0.411812158859, 0.813909515539, 2)
    assert (within.chi2, within.p, within.df) == close(0.216723999283, 0.897302714369, 2)
    assert one.hazard_ratio == NotEstimable("a hazard ratio compares 2 groups, and there are 3")


def test_one_stratum_is_the_test_without_strata_and_a_stratum_of_one_group_adds_nothing():
    alone = log_rank(by(2))
    assert stratified_log_rank([by(2)]) == alone
    beside = stratified_log_rank([by(2), {"a": {7: {"event": 3}, 9: {"censored": 1}}}])
    assert (beside.chi2, beside.hazard_ratio) == (alone.chi2, alone.hazard_ratio)
    assert beside.observed == {"a": 7, "b": 5}


def test_a_group_that_was_never_at_risk_at_an_event_is_left_out_as_in_r():
    """> survdiff(...) of three groups, the third censored before the first event     # chi-squared of the other two"""
    early = {1: {"censored": 4}}
    test = log_rank({**by(2), "c": early})
    assert (test.chi2, test.df, list(test.observed)) == (log_rank(by(2)).chi2, 1, ["a", "b"])


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ({}, "a comparison needs at least 2 groups, and there is none"),
        ({"a": {3: {"event": 2}}}, "a comparison needs at least 2 groups, and there is 1"),
        ({"a": {3: {"censored": 2}}, "b": {4: {"competing": 1}}}, "nobody had the event"),
        ({"a": {3: {"censored": 2}}, "b": {4: {"event": 1}}}, "nobody but b was at risk when an event happened"),
        (
            {"a": {3: {"event": 1}}, "b": {3: {"event": 1}}},
            "no event happened while groups that could be compared were at risk together",
        ),
    ],
)
def test_a_log_rank_test_that_cannot_be_had_says_why(groups, reason):
    assert log_rank(groups) == NotEstimable(reason)


def test_a_hazard_ratio_without_any_information_is_not_given():
    """One of a million has the event at once: the one-step estimate would be e to the power of a million."""
    test = log_rank({"a": {1: {"event": 1}}, "b": {2: {"censored": 10**6}}})
    assert test.p == 0
    assert test.hazard_ratio == NotEstimable("too little was at stake at the events for a hazard ratio")


def test_the_cumulative_incidence_its_variance_and_its_limits_are_cmprsks():
    """> z <- timepoints(cuminc(time, status), c(2, 12, 24, 36)); F <- z$est[1, ]; se <- sqrt(z$var[1, ])
    > cbind(F, se, F^exp(-qnorm(.025) * se / (F * log(F))), F^exp(qnorm(.025) * se / (F * log(F))))

    12 0.256666666667 0.102250929058 0.0893880787439 0.464902456302
    24 0.448666666667 0.125253108620 0.2046870122945 0.667009773324
    36 0.544666666667 0.142006860841 0.2444215470823 0.769492741256
    """
    curve = cumulative_incidence(EVERYBODY, decimals=0)
    assert (curve.n, curve.events, curve.competing) == (20, 9, 4)
    for time, *said in (
        (12, 0.256666666667, 0.102250929058, 0.0893880787439, 0.464902456302),
        (24, 0.448666666667, 0.125253108620, 0.2046870122945, 0.667009773324),
        (36, 0.544666666667, 0.142006860841, 0.2444215470823, 0.769492741256),
    ):
        read = curve.at(Fraction(time))
        assert (read.F, read.se, read.low, read.high) == close(*said)


def test_an_incidence_of_0_or_1_has_no_limits_and_stays_where_nobody_is_left():
    curve = cumulative_incidence({2: {"censored": 1}, 3: {"event": 2}}, decimals=0)
    for time, n_risk, share in ((1, 3, 0), (3, 2, 1), (8, 0, 1)):
        read = curve.at(Fraction(time))
        assert (read.n_risk, read.F, read.low, read.high) == (n_risk, share, None, None)
    unfinished = cumulative_incidence({3: {"event": 2, "censored": 1}}, decimals=0)
    assert unfinished.at(Fraction(8)) == NotEstimable("nobody was followed beyond 3")


def test_the_difference_of_two_incidences_adds_their_variances():
    """> z <- timepoints(cuminc(time, status, arm), 30)     # a 1 0.4825 (variance 0.037225), b 1 0.6 (0.0512023494583)

    -0.11750000000, from -0.70032932456 to 0.46532932456
    """
    curves = {arm: cumulative_incidence(ended, decimals=0) for arm, ended in by(2).items()}
    found = incidence_difference(curves, Fraction(30))
    assert (found.estimate, found.low, found.high) == close(-0.1175, -0.70032932456, 0.46532932456)
    assert found.method == "normal, from Aalen's variances; incidence at 30, a minus b"
    assert incidence_difference(curves, Fraction(38)) == NotEstimable("nobody was followed beyond 36")


def test_grays_test_is_cmprsks_for_two_and_for_three_groups():
    """> cuminc(time, status, arm)$Tests     # 1: 0.162985999048423, p 0.686422127763
    > cuminc(time, status, arm3)$Tests    # 1: 0.230876436085, p 0.890975616755
    """
    two, three = gray(by(2)), gray(by(3))
    assert (two.chi2, two.p, two.df) == close(0.162985999048423, 0.686422127763, 1)
    assert (three.chi2, three.p, three.df) == close(0.230876436085, 0.890975616755, 2)


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ({"a": {3: {"event": 2}}, "b": {}}, "a comparison needs at least 2 groups, and there is 1"),
        ({"a": {3: {"censored": 2}}, "b": {4: {"competing": 1}}}, "nobody had the event"),
        (
            {"a": {3: {"event": 1}}, "b": {1: {"competing": 2}}},
            "no event happened while groups that could be compared were at risk together",
        ),
    ],
)
def test_a_gray_test_that_cannot_be_had_says_why(groups, reason):
    assert gray(groups) == NotEstimable(reason)


@for_all(one=few_rows, two=few_rows)
def test_the_log_rank_test_is_scipys(one, two):
    ours = log_rank({"a": ended_of(one), "b": ended_of(two)})
    if not isinstance(ours, NotEstimable):
        said = scipy_logrank(sample(one), sample(two))
        assert (ours.chi2, ours.p) == pytest.approx((said.statistic**2, said.pvalue))


@for_all(chosen=few_rows)
def test_without_competitors_the_incidence_is_one_minus_survival(chosen):
    curve, incidence = kaplan_meier(ended_of(chosen), decimals=0), cumulative_incidence(ended_of(chosen), decimals=0)
    shares = [incidence.at(Fraction(point.time)).F for point in curve.points]
    assert shares == pytest.approx([1 - point.survival for point in curve.points])


@for_all(one=few_rows, two=few_rows)
def test_counts_of_two_tables_together_are_those_of_all_rows(one, two):
    assert together(ended_of(one), ended_of(two)) == ended_of(one + two)
