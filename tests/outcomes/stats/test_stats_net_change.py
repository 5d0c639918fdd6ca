"""More better than worse: Tango's interval against the score test written the slow way, by maximising a likelihood."""

import pytest
from scipy.optimize import minimize_scalar
from scipy.special import xlogy

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.net_change import net_change


def score_by_likelihood(b, c, n, difference):
    """z of b - c = n D, the likeliest share of the worse found by search instead of by the formula."""
    lowest, highest = max(0.0, -difference), (1 - difference) / 2

    def unlikely(q):
        return -(xlogy(b, q + difference) + xlogy(c, q) + xlogy(n - b - c, 1 - 2 * q - difference))

    found = minimize_scalar(unlikely, bounds=(lowest, highest), method="bounded", options={"xatol": 1e-12})
    return (b - c - n * difference) / (n * (2 * found.x + difference * (1 - difference))) ** 0.5


@pytest.mark.parametrize(("b", "c", "n"), [(5, 2, 12), (1, 0, 7), (9, 9, 30), (43, 9, 44 + 52)])
def test_at_each_limit_the_score_test_says_1_96(b, c, n):
    found = net_change(b, c, n)
    assert score_by_likelihood(b, c, n, found.low) == pytest.approx(1.959964, abs=1e-4)
    assert score_by_likelihood(b, c, n, found.high) == pytest.approx(-1.959964, abs=1e-4)
    assert found.estimate == (b - c) / n


def test_better_and_worse_exchanged_turn_the_interval_round():
    one, other = net_change(7, 2, 15), net_change(2, 7, 15)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)


def test_where_nobody_changed_the_limits_are_wilsons_of_none():
    found = net_change(0, 0, 10)
    z2 = 1.959963984540054**2
    assert (found.low, found.high) == pytest.approx((-z2 / (10 + z2), z2 / (10 + z2)))


def test_where_all_got_better_the_interval_ends_at_one():
    found = net_change(6, 0, 6)
    assert (found.estimate, found.high) == (1.0, 1.0)
    assert 0 < found.low < 1
    assert net_change(0, 6, 6).low == -1.0


def test_of_nobody_there_is_no_share():
    assert net_change(0, 0, 0) == NotEstimable("no patient has both values")


def test_more_than_all_cannot_have_changed():
    with pytest.raises(ValueError, match="not shares"):
        net_change(3, 3, 5)
