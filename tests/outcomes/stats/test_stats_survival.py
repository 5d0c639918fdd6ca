"""Curves, medians and restricted means: R's printed numbers, SciPy, and what must not be given.

R 4.2.2 with survival 3.5-3 said the numbers of the twenty invented procedures.
"""

from fractions import Fraction

import numpy as np
import pytest
from oracle_cohorts import ended_of
from scipy.stats import ecdf
from small_samples import for_all
from twenty_procedures import EVERYBODY, by, close, few_rows, sample

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.restricted_mean import restricted_mean
from outcomes.stats.survival import kaplan_meier, log_limits, loglog_limits


def curve_of(*rows):
    return kaplan_meier(ended_of(rows), decimals=0)


def test_the_curve_is_read_as_summary_survfit_does():
    """> summary(survfit(Surv(time, status == 1) ~ 1), times = c(12, 13.5, 27, 40))     # and conf.type = "log-log"

    time n.risk   surv          lower          upper           lower          upper
    12.0     14  0.736666666667 0.561945784981 0.965711981978  0.476573170152 0.881590389468
    13.5     12  0.736666666667 0.561945784981 0.965711981978  0.476573170152 0.881590389468
    27.0      4  0.386750000000 0.183231582769 0.816319764526  0.124235199990 0.648747007158
    40.0      1  0.386750000000 0.183231582769 0.816319764526  0.124235199990 0.648747007158
    """
    curve = kaplan_meier(EVERYBODY, decimals=0)
    early = close(0.736666666667, 0.561945784981, 0.965711981978, 0.476573170152, 0.881590389468)
    late = close(0.38675, 0.183231582769, 0.816319764526, 0.124235199990, 0.648747007158)
    for time, n_risk, said in (("12", 14, early), ("13.5", 12, early), ("27", 4, late), ("40", 1, late)):
        read = curve.at(Fraction(time))
        assert read.n_risk == n_risk
        assert (read.S, read.lcl_log, read.ucl_log, read.lcl_loglog, read.ucl_loglog) == said


def test_the_median_and_its_limits_are_those_that_r_prints():
    """> survfit(Surv(time, status == 1) ~ arm)     # and conf.type = "log-log"

           n events median 0.95LCL 0.95UCL            0.95LCL 0.95UCL
    all   20      9     27      18      NA                 12      NA
    arm=a 10      4     20      20      NA                  5      NA
    arm=b 10      5     27       9      NA                  3      NA
    """
    said = {"all": (20, 9, 27, 18, 12), "a": (10, 4, 20, 20, 5), "b": (10, 5, 27, 9, 3)}
    for name, ended in {"all": EVERYBODY, **by(2)}.items():
        curve = kaplan_meier(ended, decimals=0)
        (log, no_upper), (loglog, nor_here) = map(curve.median_limits, (log_limits, loglog_limits))
        assert (curve.n, curve.events, curve.median(), log, loglog) == said[name]
        assert no_upper is nor_here is None


def test_times_with_decimals_are_told_in_their_unit():
    """> survfit(Surv(c(1.5, 2.25, 4), c(1, 1, 0)) ~ 1)$surv; print(..., rmean = 3)     # median 2.25, rmean 2.25"""
    ended = {150: {"event": 1}, 225: {"event": 1}, 400: {"censored": 1}}
    curve = kaplan_meier(ended, decimals=2)
    assert curve.median() == 2.25
    assert [curve.at(Fraction(time)).S for time in ("2.249", "2.25")] == pytest.approx([2 / 3, 1 / 3])
    assert restricted_mean(ended, Fraction(3), decimals=2).estimate == 2.25


def test_a_curve_that_stands_at_one_half_gives_the_middle_of_its_stand_and_its_beginning_where_it_never_falls_again():
    """> survfit(Surv(c(2, 4, 6, 9), c(1, 1, 1, 1)) ~ 1)     # median 5
    > survfit(Surv(c(2, 4, 6, 9), c(1, 1, 0, 0)) ~ 1)     # median 4
    """
    assert curve_of((2, "event"), (4, "event"), (6, "event"), (9, "event")).median() == 5
    assert curve_of((2, "event"), (4, "event"), (6, "censored"), (9, "censored")).median() == 4


def test_the_restricted_mean_and_its_standard_error_are_those_that_r_prints():
    """> print(survfit(Surv(time, status == 1) ~ arm), rmean = 24)

    all    rmean 18.538667       se 1.6738019
    arm=a  rmean 19.4900000000   se 2.00173861930
    arm=b  rmean 17.5628571429   se 2.64285275234
    """
    said = {"all": (18.5386666667, 1.6738019), "a": (19.49, 2.00173861930), "b": (17.5628571429, 2.64285275234)}
    for name, ended in {"all": EVERYBODY, **by(2)}.items():
        mean = restricted_mean(ended, Fraction(24), decimals=0)
        assert (mean.estimate, mean.se) == pytest.approx(said[name], rel=1e-7)
        assert mean.low == pytest.approx(mean.estimate - 1.959964 * mean.se, rel=1e-6)
        assert mean.high == pytest.approx(min(24, mean.estimate + 1.959964 * mean.se), rel=1e-6)


def test_a_restricted_mean_goes_past_the_last_time_only_where_nobody_is_left():
    gone, left = {2: {"event": 1}, 5: {"event": 1}}, {2: {"event": 1}, 5: {"censored": 1}}
    assert restricted_mean(gone, Fraction(9), decimals=0).estimate == 3.5
    assert restricted_mean(left, Fraction(5), decimals=0).estimate == 3.5
    assert restricted_mean(left, Fraction(6), decimals=0) == NotEstimable("nobody was followed beyond 5")
    assert restricted_mean({}, Fraction(6), decimals=0) == NotEstimable("nobody has a time")


def test_before_anybody_was_seen_both_limits_are_1_and_after_it_there_are_no_log_log_ones_before_an_event():
    """> summary(survfit(Surv(c(3, 5), c(0, 1)) ~ 1, conf.type = "log-log"), times = c(0, 4))     # 1 to 1; NA to NA"""
    for time, n_risk, loglog in (("0", 2, 1), ("4", 1, None)):
        read = curve_of((3, "censored"), (5, "event")).at(Fraction(time))
        assert (read.n_risk, read.S, read.lcl_log, read.ucl_log) == (n_risk, 1, 1, 1)
        assert (read.lcl_loglog, read.ucl_loglog) == (loglog, loglog)


def test_where_nobody_is_left_survival_is_0_without_limits_for_all_time():
    """> summary(survfit(Surv(c(3, 5), c(1, 1)) ~ 1), times = 5)     # survival 0, lower NA, upper NA"""
    for time, n_risk in (("5", 1), ("99", 0)):
        read = curve_of((3, "event"), (5, "event")).at(Fraction(time))
        assert (read.n_risk, read.S) == (n_risk, 0)
        assert read.lcl_log is read.ucl_log is read.lcl_loglog is read.ucl_loglog is None


def test_past_the_last_time_of_a_curve_that_has_not_ended_nothing_is_said():
    curve = curve_of((3, "event"), (5, "censored"))
    assert curve.at(Fraction(5)).S == 0.5
    assert curve.at(Fraction(51, 10)) == NotEstimable("nobody was followed beyond 5")


def test_whoever_is_censored_at_the_time_of_an_event_was_at_risk_at_it():
    read = curve_of((3, "event"), (3, "censored"), (4, "censored")).at(Fraction(3))
    assert (read.n_risk, read.S) == (3, pytest.approx(2 / 3))


def test_one_patient_gives_a_curve_and_nobody_none():
    assert curve_of((3, "event")).median() == 3
    assert curve_of((3, "censored")).median() == NotEstimable("the curve does not come down to one half")
    assert kaplan_meier({}, decimals=0) == NotEstimable("nobody has a time")
    assert kaplan_meier({4: {}}, decimals=0) == NotEstimable("nobody has a time")


@for_all(chosen=few_rows)
def test_kaplan_meier_is_scipys(chosen):
    survival, curve = ecdf(sample(chosen)).sf, curve_of(*chosen)
    assert [point.survival for point in curve.points] == pytest.approx(
        survival.evaluate([p.time for p in curve.points])
    )


@for_all(chosen=few_rows)
def test_a_restricted_mean_is_the_mean_of_the_times_cut_at_tau_where_nobody_is_censored(chosen):
    times = [time for time, _ in chosen]
    mean = restricted_mean(ended_of([(time, "event") for time in times]), Fraction(5), decimals=0)
    cut = np.minimum(times, 5)
    assert mean.estimate == pytest.approx(cut.mean())
    assert mean.se == pytest.approx(cut.std() / np.sqrt(len(cut)), abs=1e-12)
