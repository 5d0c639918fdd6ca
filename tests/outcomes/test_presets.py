"""Each cell of the table of presets: which variant a program's user sees, and what it is called."""

import pytest

from outcomes import presets
from outcomes.stats.describe import describe
from outcomes.stats.normality import normality
from outcomes.stats.paired import signed_rank
from outcomes.stats.proportions import chi_squared
from outcomes.stats.ranks import dunn, mann_whitney

ALL = ("stata", "medcalc", "r", "modern")


def paired(*, tied=False, zeros=0, nonzero=12):
    """A signed-rank payload: mostly decreases, with as many nonzero differences and zeros as asked for."""
    sizes = [1 + i // 2 if tied else 1 + i for i in range(nonzero)]
    counts = {0: zeros}
    for i, size in enumerate(sizes):
        difference = size if i % 4 == 0 else -size
        counts[difference] = counts.get(difference, 0) + 1
    return signed_rank(counts, decimals=0).payload()


def unpaired(*, n1, n2, tied=False):
    step = 2 if tied else 1
    low, high = ((3 * i // step, 1) for i in range(n1)), ((3 * i // step + (3 if tied else 4), 1) for i in range(n2))
    a, b = {}, {}
    for counts, values in ((a, low), (b, high)):
        for value, many in values:
            counts[value] = counts.get(value, 0) + many
    told = mann_whitney(a, b, decimals=0)
    assert told.has_ties is tied
    return told.payload()


def test_there_are_four_presets():
    assert tuple(presets.PRESETS) == ALL


@pytest.mark.parametrize(("preset", "kind"), [("stata", "_t2"), ("medcalc", "_t5"), ("r", ""), ("modern", "")])
def test_the_quartiles_of_each_preset(preset, kind):
    """Types 2, 5, 7 and 7; the cohort is one in which they all differ."""
    group = describe({1: 1, 3: 1, 8: 1, 9: 1, 20: 1, 31: 1}, missing=0, decimals=0).payload()
    assert len({group["q1"], group["q1_t2"], group["q1_t5"], group["q1_t6"]}) > 1
    assert presets.quartiles(group, preset) == (group[f"q1{kind}"], group[f"q3{kind}"])
    assert presets.quartile_rule(preset).startswith(f"type {kind[-1:] or 7}")


SIGNED_RANK = [
    ("stata", {}, "p_pratt"),
    ("stata", {"zeros": 3}, "p_pratt"),
    ("stata", {"nonzero": 40}, "p_pratt"),
    ("medcalc", {}, "p_normal"),
    ("medcalc", {"zeros": 3, "tied": True}, "p_normal"),
    ("r", {}, "p_exact"),
    ("r", {"nonzero": 49}, "p_exact"),
    ("r", {"nonzero": 50}, "p_normal_cc"),
    ("r", {"tied": True}, "p_normal_cc"),
    ("r", {"zeros": 1}, "p_normal_cc"),
    ("modern", {"zeros": 3, "tied": True}, "p_exact_ties"),
    ("modern", {"nonzero": 25}, "p_exact_ties"),
    ("modern", {"nonzero": 26}, "p_normal"),
]


@pytest.mark.parametrize(("preset", "sample", "key"), SIGNED_RANK)
def test_the_signed_rank_test_of_each_preset(preset, sample, key):
    payload = paired(**sample)
    quoted = presets.signed_rank(payload, preset)
    assert quoted.p == payload[key]
    assert ("exact" in quoted.test) == key.startswith("p_exact")


def test_the_four_variants_of_the_signed_rank_test_do_differ():
    payload = paired(zeros=3)
    assert len({payload[key] for key in ("p_pratt", "p_normal", "p_normal_cc", "p_exact_ties")}) == 4


RANK_SUM = [
    ("stata", {"n1": 5, "n2": 6}, "p_normal"),
    ("stata", {"n1": 5, "n2": 6, "tied": True}, "p_normal"),
    ("medcalc", {"n1": 20, "n2": 20}, "p_exact"),
    ("medcalc", {"n1": 20, "n2": 21}, "p_normal"),
    ("medcalc", {"n1": 6, "n2": 8, "tied": True}, "p_normal"),
    ("r", {"n1": 49, "n2": 49}, "p_exact"),
    ("r", {"n1": 12, "n2": 50}, "p_normal_cc"),
    ("r", {"n1": 6, "n2": 8, "tied": True}, "p_normal_cc"),
    ("modern", {"n1": 12, "n2": 13}, "p_exact"),
    ("modern", {"n1": 12, "n2": 13, "tied": True}, "p_exact"),
    ("modern", {"n1": 13, "n2": 13}, "p_normal"),
]


@pytest.mark.parametrize(("preset", "sample", "key"), RANK_SUM)
def test_the_rank_sum_test_of_each_preset(preset, sample, key):
    payload = unpaired(**sample)
    quoted = presets.mann_whitney(payload, preset)
    assert quoted.p == payload[key]
    assert len({payload["p_normal"], payload["p_normal_cc"], payload["p_exact"]}) == 3
    assert ("exact" in quoted.test) == (key == "p_exact")


@pytest.mark.parametrize(
    ("preset", "key"), [("stata", "p"), ("medcalc", "p"), ("r", "p_yates"), ("modern", "fisher_mid_p")]
)
def test_the_fourfold_table_of_each_preset(preset, key):
    payload = chi_squared({"a": {"yes": 4, "no": 3}, "b": {"yes": 5, "no": 2}}).payload()
    assert presets.crosstab(payload, preset).p == payload[key]
    assert len({payload["p"], payload["p_yates"], payload["fisher_mid_p"]}) == 3


@pytest.mark.parametrize("preset", ALL)
def test_a_larger_table_is_pearsons_in_every_preset(preset):
    payload = chi_squared({"a": {"1": 4, "2": 3, "3": 1}, "b": {"1": 5, "2": 2, "3": 6}}).payload()
    quoted = presets.crosstab(payload, preset)
    assert (quoted.p, quoted.test) == (payload["p"], "Pearson's chi-squared test, no correction")


@pytest.mark.parametrize(
    ("preset", "key"), [("stata", "p_one_sided"), ("medcalc", "p"), ("r", "p_holm"), ("modern", "p_holm")]
)
def test_dunns_pairs_of_each_preset(preset, key):
    """Stata's is one-sided and raw, half of MedCalc's; R (rstatix) and modern are two-sided, by Holm."""
    pair = dunn({"a": {1: 3, 2: 1}, "b": {2: 3}, "c": {4: 2}})[2].payload()
    assert presets.dunn(pair, preset).p == pair[key]
    assert pair["p_one_sided"] == pytest.approx(pair["p"] / 2)
    assert pair["p_holm"] > pair["p"]


@pytest.mark.parametrize(
    ("preset", "test"), [("stata", "shapiro_wilk"), ("medcalc", "lilliefors"), ("r", "shapiro_wilk"), ("modern", None)]
)
def test_normality_of_each_preset(preset, test):
    payload = normality({1: 3, 2: 4, 9: 1})
    assert presets.normality(payload, preset).p == (payload[test]["p"] if test else None)


@pytest.mark.parametrize("preset", ALL)
def test_a_payload_without_an_answer_quotes_no_p(preset):
    refused = {"not_estimable": "all values are the same"}
    for rule in (presets.signed_rank, presets.mann_whitney, presets.crosstab, presets.dunn):
        assert rule(refused, preset).p is None
    assert presets.normality({"shapiro_wilk": refused, "lilliefors": refused}, preset).p is None
