"""One site's effect with its variance: against metafor's escalc, and by hand."""

from collections import Counter
from fractions import Fraction

import pytest
from scipy import stats
from small_samples import changes, columns, counted, for_all

from outcomes.stats import effects
from outcomes.stats.estimable import Interval, NotEstimable
from outcomes.stats.logrank import log_hazard, log_rank
from outcomes.stats.site_estimates import (
    cliffs_delta,
    log_odds_ratio,
    logit,
    mean,
    mean_difference,
    net_share,
    risk_difference,
)

# x1, n1, x2, n2; then what metafor 3.8-1 answers:
# > escalc(measure = m, ai = x1, bi = n1 - x1, ci = x2, di = n2 - x2, add = 1/2, to = "only0")      # m: "OR", "RD"
FOURFOLD = [
    ((4, 12, 9, 11), (-2.1972245773362200, 0.98611111111111116), (-0.48484848484848492, 0.032042184934746920)),
    ((0, 8, 3, 10), (-2.0710732920093191, 2.53669467787114833), (-0.26262626262626265, 0.025551917501718546)),
    ((7, 7, 5, 9), (2.5073795056400585, 2.53737373737373728), (0.38749999999999996, 0.032074218750000001)),
]
# > escalc(measure = "PLO", xi = x, ni = n, add = 1/2, to = "only0")
SHARES = [((3, 20), (-1.7346010553881064, 0.39215686274509803)), ((0, 9), (-2.9444389791664403, 2.1052631578947367)),
          ((6, 6), (2.5649493574615367, 2.1538461538461537))]  # fmt: skip


@pytest.mark.parametrize(("cells", "ratio", "difference"), FOURFOLD)
def test_two_by_two_tables_are_escalcs_with_its_half_where_a_cell_is_0(cells, ratio, difference):
    assert log_odds_ratio(*cells) == pytest.approx(ratio, rel=1e-12)
    assert risk_difference(*cells) == pytest.approx(difference, rel=1e-12)


@pytest.mark.parametrize(("cell", "said"), SHARES)
def test_shares_are_escalcs_log_odds(cell, said):
    assert logit(*cell) == pytest.approx(said, rel=1e-12)


def test_means_and_their_differences_by_hand():
    """2, 4, 6 with one decimal: mean 0.4, s**2 = 0.04, over 3. 1, 3: mean 0.2, s**2 = 0.02, over 2."""
    a, b = Counter([2, 4, 6]), Counter([1, 3])
    assert mean(a, decimals=1) == pytest.approx((0.4, 0.04 / 3))
    assert mean_difference(a, b, decimals=1) == pytest.approx((0.2, 0.04 / 3 + 0.02 / 2))
    welch = stats.ttest_ind([0.2, 0.4, 0.6], [0.1, 0.3], equal_var=False)
    away, variance = mean_difference(a, b, decimals=1)
    assert away / variance**0.5 == pytest.approx(welch.statistic)


@for_all(differences=changes)
def test_a_mean_change_is_that_of_the_t_test(differences):
    found = mean(Counter(differences), decimals=0)
    if len(set(differences)) < 2:
        assert isinstance(found, NotEstimable)
    else:
        t = stats.ttest_1samp(differences, 0).statistic
        assert found[0] / found[1] ** 0.5 == pytest.approx(t, rel=1e-9, abs=1e-12)


@for_all(a=columns, b=columns)
def test_cliffs_delta_has_the_variance_that_its_interval_is_made_of(a, b):
    one, two = counted(a, b)
    known, found = effects.cliffs_delta(one, two), cliffs_delta(one, two)
    if isinstance(found, NotEstimable):
        assert min(len(a), len(b)) == 1 or abs(known.estimate) == 1 or len(set(a + b)) == 1
    else:
        limits = effects.cliff_limits(*effects.dominance(one, two))
        assert found[0] == known.estimate and limits == (known.low, known.high)
        assert found[1] == float(effects.dominance(one, two)[1])


def test_a_net_share_by_hand_and_with_its_halves():
    """5 up, 2 down of 20: 3/20, (7 - 9/20) / 400. Nobody changed of 6: cells of 1/2 among 8: 0, 1 / 64."""
    assert net_share(5, 2, 20) == pytest.approx((0.15, (7 - 9 / 20) / 400))
    assert net_share(0, 0, 6) == pytest.approx((0.0, 1 / 64))
    assert net_share(4, 0, 4) == pytest.approx((4 / 6, (5 - 16 / 6) / 36))


def test_the_log_hazard_is_the_logarithm_of_petos_ratio():
    groups = {"a": {2: {"event": 2}, 5: {"censored": 3}}, "b": {1: {"event": 1}, 4: {"event": 2}, 9: {"censored": 1}}}
    (estimate, variance), ratio = log_hazard(groups), log_rank(groups).hazard_ratio
    assert isinstance(ratio, Interval) and isinstance(variance, Fraction)
    from_limits = [ratio.estimate, ratio.low, ratio.high]
    reach = 1.959963984540054 * float(variance) ** 0.5
    assert from_limits == pytest.approx([2.718281828459045 ** (float(estimate) + sign * reach) for sign in (0, -1, 1)])


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (mean({}, decimals=0), "nobody has a value"),
        (mean({3: 1}, decimals=0), "one value alone has no spread"),
        (mean({3: 4}, decimals=0), "all values are the same"),
        (mean_difference({1: 2}, {2: 1}, decimals=0), "in one of the groups one value alone"),
        (mean_difference({1: 2}, {2: 3}, decimals=0), "all values are the same"),
        (cliffs_delta({1: 2}, {}), "no values"),
        (cliffs_delta({1: 2}, {5: 2}), "no variance"),
        (cliffs_delta({1: 1}, {0: 2, 5: 2}), "no spread"),
        (log_odds_ratio(0, 4, 0, 5), "nobody has it"),
        (log_odds_ratio(4, 4, 5, 5), "everybody has it"),
        (log_odds_ratio(0, 0, 2, 5), "one of the groups has nobody"),
        (risk_difference(1, 2, 0, 0), "one of the groups has nobody"),
        (logit(0, 0), "nobody to take a share of"),
        (net_share(0, 0, 0), "nobody has both values"),
        (log_hazard({"a": {1: {"event": 1}}, "b": {}}), "no event happened"),
        (log_hazard({"a": {1: {"event": 1}}}), "compares 2 groups"),
    ],
)
def test_what_a_site_cannot_say_is_refused_in_words(found, reason):
    assert isinstance(found, NotEstimable) and reason in found.reason
