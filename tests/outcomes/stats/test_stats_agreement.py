"""Agreement of two readers, held against statsmodels, hand calculations and a published table."""

from collections import Counter
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from outcomes.stats.agreement import agreement, bland_altman
from outcomes.stats.estimable import NotEstimable


def some_pairs(seed: int) -> Counter:
    """Readings of a scale 0-10, mostly alike."""
    random = Random(seed)
    first = [random.randint(0, 10) for _ in range(random.randint(5, 60))]
    return Counter(
        (Fraction(value), Fraction(min(10, max(0, value + random.choice((0, 0, 0, 1, -2)))))) for value in first
    )


def as_table(pairs) -> tuple[np.ndarray, list]:
    levels = sorted({value for pair in pairs for value in pair})
    table = np.array([[pairs.get((a, b), 0) for b in levels] for a in levels])
    return table, levels


@pytest.mark.parametrize("seed", range(20))
def test_kappa_and_its_interval_are_those_of_statsmodels(seed):
    pairs = some_pairs(seed)
    table, levels = as_table(pairs)
    ours, theirs = agreement(pairs).kappa, cohens_kappa(table)
    assert ours.estimate == pytest.approx(theirs.kappa, abs=1e-12)
    assert (ours.low, ours.high) == pytest.approx((theirs.kappa_low, theirs.kappa_upp), abs=1e-9)
    weights = np.array([[float((a - b) ** 2) for b in levels] for a in levels])
    ours, theirs = agreement(pairs).weighted_kappa, cohens_kappa(table, weights=weights)
    assert ours.estimate == pytest.approx(theirs.kappa, abs=1e-12)
    assert (ours.low, ours.high) == pytest.approx((theirs.kappa_low, theirs.kappa_upp), abs=1e-9)


def test_kappa_of_the_textbook_example_by_hand():
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: po = .7, pe = .5 * .6 + .5 * .4 = .5, kappa = .4."""
    one, nil = Fraction(1), Fraction(0)
    found = agreement({(one, one): 20, (one, nil): 5, (nil, one): 10, (nil, nil): 15})
    assert (found.n, found.same, found.share.estimate) == (50, 35, 0.7)
    assert found.kappa.estimate == pytest.approx(0.4, abs=1e-15)


def test_the_limits_of_agreement_by_hand():
    """Differences 1, -1, 2, 0, 3: mean 1, SD sqrt(2.5); t(4, .975) = 2.776445."""
    pairs = Counter((Fraction(5), Fraction(5 + gap)) for gap in (1, -1, 2, 0, 3))
    found = bland_altman(pairs)
    assert (found.n, found.bias.estimate, found.sd) == (5, 1.0, pytest.approx(2.5**0.5))
    assert found.lower.estimate == pytest.approx(1 - 1.96 * 2.5**0.5)
    assert found.bias.high == pytest.approx(1 + 2.776445 * 2.5**0.5 / 5**0.5, abs=1e-5)
    assert found.upper.low == pytest.approx(1 + 1.96 * 2.5**0.5 - 2.776445 * (3 * 2.5 / 5) ** 0.5, abs=1e-5)


def test_readers_who_always_say_the_same_one_value_have_no_kappa():
    found = agreement({(Fraction(3), Fraction(3)): 9})
    assert (found.same, found.n) == (9, 9)
    assert isinstance(found.kappa, NotEstimable)


def test_nobody_read_twice_and_a_single_pair_are_refused_in_words():
    assert "nobody" in agreement({}).reason
    assert "two pairs" in bland_altman({(Fraction(1), Fraction(2)): 1}).reason


def test_the_order_of_pairs_and_splits_of_them_change_nothing():
    pairs = some_pairs(3)
    shuffled = dict(reversed(list(pairs.items())))
    assert agreement(pairs).payload() == agreement(shuffled).payload()
