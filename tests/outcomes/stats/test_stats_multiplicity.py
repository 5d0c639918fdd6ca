"""Adjusted p-values against R's p.adjust and by their definitions."""

from itertools import permutations

import pytest
from hypothesis import strategies
from small_samples import for_all
from statsmodels.stats.multitest import multipletests

from outcomes.stats.multiplicity import benjamini_hochberg, bonferroni, holm

PS = [0.01, 0.04, 0.03, 0.005, 0.2, 0.9]


def test_the_three_adjustments_agree_with_r():
    """> p <- c(.01, .04, .03, .005, .2, .9); p.adjust(p, "bonferroni"); p.adjust(p, "holm"); p.adjust(p, "BH")"""
    assert bonferroni(PS) == pytest.approx([0.06, 0.24, 0.18, 0.03, 1, 1])
    assert holm(PS) == pytest.approx([0.05, 0.12, 0.12, 0.03, 0.4, 0.9])
    assert benjamini_hochberg(PS) == pytest.approx([0.03, 0.06, 0.06, 0.03, 0.24, 0.9])


@for_all(ps=strategies.lists(strategies.integers(0, 1000).map(lambda x: x / 1000), min_size=1, max_size=15))
def test_the_three_adjustments_agree_with_statsmodels(ps):
    for ours, theirs in ((bonferroni, "bonferroni"), (holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        assert ours(ps) == pytest.approx(list(multipletests(ps, method=theirs)[1]), rel=1e-12, abs=1e-15)


def test_an_adjusted_p_stays_with_its_comparison_in_whatever_order_they_come():
    for order in permutations(range(4)):
        shuffled = holm([PS[i] for i in order])
        assert shuffled == [holm(PS[:4])[i] for i in order]


def test_a_single_p_is_left_alone_and_no_p_gives_none():
    for adjust in (bonferroni, holm, benjamini_hochberg):
        assert adjust([0.04]) == [0.04]
        assert adjust([]) == []
