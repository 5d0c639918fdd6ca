"""Paired and ordered counts against R 4.2.2 on the 32 random cohorts. A score is high above the middle of its scale."""

import pytest
from oracle_cohorts import read_cohorts

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.mcnemar import mcnemar
from outcomes.stats.trend import cochran_armitage

COHORTS = read_cohorts()


def is_high(cohort, score):
    return 2 * score > cohort.highest


def paired(cohort, counts=is_high):
    many = dict.fromkeys(("yes_yes", "yes_no", "no_yes", "no_no"), 0)
    for before, after, _ in cohort.pairs():
        many["_".join("yes" if counts(cohort, score) else "no" for score in (before, after))] += 1
    return many


def high_by_visit(cohort):
    counts = {visit: cohort.counts(visit) for visit in cohort.visits}
    high = {visit: sum(n for score, n in seen.items() if is_high(cohort, score)) for visit, seen in counts.items()}
    return {visit: (high[visit], sum(seen.values())) for visit, seen in counts.items()}


@pytest.mark.parametrize(
    ("r_key", "attribute"), [("mcnemar_nocc", "p_asymptotic"), ("mcnemar_cc", "p_cc")], ids=["uncorrected", "corrected"]
)
def test_mcnemar_agrees_with_r(r_key, attribute, tally):
    """> mcnemar.test(table(pre > middle, post > middle), correct = FALSE)     # and TRUE; both as factors of two"""
    for cohort in COHORTS:
        tally.result(cohort.name, mcnemar(**paired(cohort)), cohort.r[r_key], p=attribute)
    assert (tally.numbers, tally.refusals) == (20, 12)


def test_the_trend_over_the_visits_agrees_with_r(tally):
    """> prop.trend.test(high at each visit, with a value at each visit, score = 0:(visits - 1))"""
    for cohort in COHORTS:
        tally.result(cohort.name, cochran_armitage(high_by_visit(cohort)), cohort.r["trend"], X="chi2", p="p")
    assert (tally.numbers, tally.refusals) == (54, 5)


def test_another_cut_of_the_scale_is_not_the_one_r_was_given():
    """A score in the very middle counted as high: had this agreed as well, agreeing would say little."""
    differing = 0
    for cohort in COHORTS:
        ours = mcnemar(**paired(cohort, lambda cohort, score: 2 * score >= cohort.highest))
        said = cohort.r["mcnemar_nocc"]["p"]
        refused = isinstance(ours, NotEstimable)
        differing += refused != (said == "NaN") or (not refused and ours.p_asymptotic != pytest.approx(said, rel=1e-9))
    assert differing == 12
