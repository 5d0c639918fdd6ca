"""Adjusted p-values against R's p.adjust and by their definitions."""

from itertools import accumulate, permutations

import pytest
from hypothesis import strategies
from small_samples import for_all
from statsmodels.stats.multitest import multipletests

from outcomes.stats.multiplicity import (
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    dunntest,
    hochberg,
    holm,
    holm_sidak,
    sidak,
)

ADJUSTMENTS = {
    "bonferroni": bonferroni,
    "sidak": sidak,
    "holm": holm,
    "holm-sidak": holm_sidak,
    "simes-hochberg": hochberg,
    "fdr_bh": benjamini_hochberg,
    "fdr_by": benjamini_yekutieli,
}
PS = [0.01, 0.04, 0.03, 0.005, 0.2, 0.9]


def test_the_three_adjustments_agree_with_r():
    """> p <- c(.01, .04, .03, .005, .2, .9); p.adjust(p, "bonferroni"); p.adjust(p, "holm"); p.adjust(p, "BH")"""
    assert bonferroni(PS) == pytest.approx([0.06, 0.24, 0.18, 0.03, 1, 1])
    assert holm(PS) == pytest.approx([0.05, 0.12, 0.12, 0.03, 0.4, 0.9])
    assert benjamini_hochberg(PS) == pytest.approx([0.03, 0.06, 0.06, 0.03, 0.24, 0.9])


def test_hochberg_and_benjamini_yekutieli_agree_with_r():
    """> p.adjust(p, "hochberg"); p.adjust(p, "BY")"""
    assert hochberg(PS) == pytest.approx([0.05, 0.12, 0.12, 0.03, 0.4, 0.9])
    assert benjamini_yekutieli(PS) == pytest.approx([0.0735, 0.147, 0.147, 0.0735, 0.588, 1])


@pytest.mark.parametrize("method", ADJUSTMENTS)
@for_all(ps=strategies.lists(strategies.integers(0, 999).map(lambda x: x / 1000), min_size=1, max_size=15))
def test_every_adjustment_agrees_with_statsmodels(method, ps):
    theirs = multipletests(ps, method=method)[1]
    assert ADJUSTMENTS[method](ps) == pytest.approx(list(theirs), rel=1e-9, abs=1e-15)


def test_sidak_of_a_tiny_p_keeps_its_digits():
    """> -expm1(15 * log1p(-1e-20))     # where 1 - (1 - p)^15 is 0"""
    assert sidak([1e-20] + [0.5] * 14)[0] == pytest.approx(15e-20, rel=1e-12)
    assert sidak([1.0]) == holm_sidak([1.0]) == [1.0]


@for_all(ps=strategies.lists(strategies.integers(0, 1000).map(lambda x: x / 1000), min_size=1, max_size=15))
def test_what_dunn_test_prints_made_monotone_is_the_adjustment(ps):
    """Its factors are p.adjust's; only the running maximum, or minimum, is left out."""
    printed = dunntest(ps)
    for name, adjust, up in (("holm", holm, False), ("hochberg", hochberg, True), ("bh", benjamini_hochberg, True)):
        order = sorted(range(len(ps)), key=ps.__getitem__, reverse=up)
        run = list(accumulate((printed[name][i] for i in order), min if up else max))
        assert [adjust(ps)[i] for i in order] == pytest.approx(run)


def test_what_dunn_test_prints_is_not_monotone():
    assert dunntest([0.04, 0.03, 0.2])["holm"] == pytest.approx([0.08, 0.09, 0.2])
    assert holm([0.04, 0.03, 0.2]) == pytest.approx([0.09, 0.09, 0.2])


def test_an_adjusted_p_stays_with_its_comparison_in_whatever_order_they_come():
    for order in permutations(range(4)):
        shuffled = holm([PS[i] for i in order])
        assert shuffled == [holm(PS[:4])[i] for i in order]


def test_a_single_p_is_left_alone_and_no_p_gives_none():
    for adjust in ADJUSTMENTS.values():
        assert adjust([0.04]) == pytest.approx([0.04])
        assert adjust([]) == []
