"""Survival against R 4.2.2 on the 32 random cohorts: ties, censoring, competing causes, one or two groups.

Each test says how many numbers it compared, and how often both R and we refused.
"""

from fractions import Fraction
from math import sqrt

import pytest
from oracle_cohorts import read_cohorts

from outcomes.stats.competing import cumulative_incidence
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.gray import gray
from outcomes.stats.logrank import log_rank
from outcomes.stats.survival import kaplan_meier

COHORTS = read_cohorts()
CAUSES = (1, 2)


def listed(said):
    """R writes a vector of one as a bare value, and an empty one as nothing."""
    return said if isinstance(said, list) else [] if said is None else [said]


def test_kaplan_meier_and_its_standard_error_agree_with_r(tally):
    """> fit <- survfit(Surv(time, status == 1) ~ 1); fit$time; fit$surv; fit$std.err     # Inf where S = 0"""
    for cohort in COHORTS:
        curve, said = kaplan_meier(cohort.ended(), decimals=0), cohort.r["km"]
        assert [point.time for point in curve.points] == listed(said["time"])
        for point, surv, se in zip(curve.points, listed(said["surv"]), listed(said["se"]), strict=True):
            tally.number(f"{cohort.name} S({point.time})", point.survival, surv)
            if se == "Inf":
                assert (point.survival, point.greenwood) == (0, None)
                tally.refusals += 1
            else:
                tally.number(f"{cohort.name} se({point.time})", sqrt(point.greenwood), se)
    assert (tally.numbers, tally.refusals) == (740, 4)


def test_the_median_survival_agrees_with_r(tally):
    """> summary(survfit(Surv(time, status == 1) ~ 1))$table["median"]     # NA where it is not reached"""
    for cohort in COHORTS:
        ours, said = kaplan_meier(cohort.ended(), decimals=0).median(), cohort.r["km"]["med"]
        if said == "NA":
            assert ours == NotEstimable("the curve does not come down to one half")
            tally.refusals += 1
        else:
            tally.number(cohort.name, ours, said)
    assert (tally.numbers, tally.refusals) == (19, 13)


def test_the_log_rank_test_agrees_with_r(tally):
    """> survdiff(Surv(time, status == 1) ~ group)     # chi-squared of 0 where only one group could fail"""
    silent = []
    for cohort in COHORTS:
        ours, said = log_rank(cohort.ended_by_group()), cohort.r["logrank"]
        if said.get("X") == 0:
            assert isinstance(ours, NotEstimable)
            silent.append((cohort.name, ours.reason))
        else:
            tally.result(cohort.name, ours, said, **({"X": "chi2", "p": "p"} if "X" in said else {}))
    assert (tally.numbers, tally.refusals) == (60, 1)
    assert silent == [("f121_nochange_AS_n4_T3", "nobody but 0 was at risk when an event happened")]


@pytest.mark.parametrize("cause", CAUSES)
def test_the_cumulative_incidence_agrees_with_r(cause, tally):
    """> fit <- survfit(Surv(time, factor(status, 0:2)) ~ 1); fit$time; fit$pstate     # Aalen-Johansen"""
    for cohort in COHORTS:
        curve, said = cumulative_incidence(cohort.ended(cause=cause), decimals=0), cohort.r["aj"]
        assert [step.time for step in curve.steps] == listed(said["time"])
        for step, share in zip(curve.steps, listed(said[f"c{cause}"]), strict=True):
            tally.number(f"{cohort.name} F{cause}({step.time})", curve.at(Fraction(step.time)).F, share)
    assert tally.numbers == 372


@pytest.mark.parametrize("cause", CAUSES)
def test_grays_test_agrees_with_r_and_its_refusals(cause, tally):
    """> cuminc(time, status, group)$Tests     # a statistic of -1 where the variance has no inverse"""
    absent = 0
    for cohort in COHORTS:
        ours, said = gray(cohort.ended_by_group(cause)), cohort.r["gray"]
        where = dict(zip(listed(said["cause"]), zip(listed(said["stat"]), listed(said["p"]), strict=True), strict=True))
        if str(cause) not in where:
            assert isinstance(ours, NotEstimable)
            absent += 1
        elif where[str(cause)][0] == -1:
            assert ours.reason == "no event happened while groups that could be compared were at risk together"
            tally.refusals += 1
        else:
            tally.number(f"{cohort.name} chi2", ours.chi2, where[str(cause)][0])
            tally.number(f"{cohort.name} p", ours.p, where[str(cause)][1])
    expected = {1: (60, 1, 1), 2: (42, 2, 9)}
    assert (tally.numbers, tally.refusals, absent) == expected[cause]
