"""Dunn's pairs under all eight adjustments of dunn.test 1.3.7 (R 4.2.2), on the 32 random cohorts."""

import pytest
from oracle_cohorts import read_cohorts

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.multiplicity import dunntest
from outcomes.stats.ranks import dunn

COHORTS = read_cohorts()
SORTS_NOTHING = {"none", "bonferroni", "sidak"}


@pytest.mark.parametrize("method", ["none", "bonferroni", "sidak", "holm", "hs", "hochberg", "bh", "by"])
def test_dunn_prints_what_dunn_test_prints(method, tally):
    """> dunn.test(score, visit, method = "holm")$P.adjusted     # one-sided; NaN for the two constant cohorts

    With two visits dunn.test fails ("incorrect number of dimensions") where it sorts; our one p is then left alone.
    """
    single = 0
    for cohort in COHORTS:
        pairs, said = dunn(cohort.by_visit()), cohort.r["dunn"][method]
        if isinstance(pairs, NotEstimable):
            assert cohort.r["kw"]["H"] == "NaN"
            tally.refusals += 1
            continue
        ours = [pair.p_one_sided if method == "none" else pair.p_stata[method] for pair in pairs]
        if "error" in said:
            assert ours == pytest.approx([pairs[0].p_one_sided])
            single += 1
            continue
        names = [f"{pair.a} - {pair.b}" for pair in pairs]
        for name, p in zip(listed(said["comp"]), listed(said["Padj"]), strict=True):
            tally.number(f"{cohort.name} {name}", ours[names.index(name)], p)
    assert (tally.numbers, single) == ((160, 0) if method in SORTS_NOTHING else (153, 7))
    assert tally.refusals == 2


def test_dunn_names_the_adjustments_as_dunn_test_does():
    pair = dunn({"a": {1: 3, 2: 1}, "b": {2: 3}, "c": {4: 2}})[0]
    assert list(pair.p_stata) == [name for name in dunntest([0.5]) if name != "none"]


def listed(said):
    """R writes a vector of one as a bare value."""
    return said if isinstance(said, list) else [said]
