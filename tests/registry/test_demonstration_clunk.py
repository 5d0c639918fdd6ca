"""The photodynamic-nail demonstration prints what Clunk 2025 prints; each figure is computed here by other means."""

from collections import Counter

import numpy
import pytest
from scipy import stats

from registry.demonstration import clunk, witness
from tests.registry.reading import counts, covariate, pairs, quartiles, scores, where

CLUNK = clunk.study()
STATA = "averaged_inverted_cdf"  # quantile type 2
ARMS = ("simple", "complex")


def dunn_one_sided(groups, first, second):
    """Stata's dunntest: ranks over all groups, P(Z >= |z|)."""
    values = numpy.concatenate(groups)
    ranks = numpy.split(stats.rankdata(values), numpy.cumsum([len(group) for group in groups])[:-1])
    n, ties = len(values), Counter(values.tolist()).values()
    spread = n * (n + 1) / 12 - sum(tie**3 - tie for tie in ties) / (12 * (n - 1))
    gap = abs(ranks[first].mean() - ranks[second].mean())
    return stats.norm.sf(gap / numpy.sqrt(spread * (1 / len(groups[first]) + 1 / len(groups[second]))))


@pytest.mark.parametrize(
    ("name", "simple", "both", "p"),
    [
        ("operative_minutes", [(98, 124, 187), (215, 315, 425)], (124, 201, 315), 0.009),
        ("blood_loss_ml", [(50, 50, 150), (300, 500, 650)], (50, 225, 500), 0.052),
        ("stay_days", [(1, 1, 6), (2, 4, 8)], (1, 2.5, 7), 0.14),
    ],
)
def test_operative_quartiles_and_their_kruskal_wallis_p_are_the_printed_ones(name, simple, both, p):
    arms = [covariate(where(CLUNK, complexity=arm), name) for arm in ARMS]
    assert [quartiles(values, STATA) for values in arms] == simple
    assert quartiles(arms[0] + arms[1], STATA) == both
    assert stats.kruskal(*arms).pvalue == pytest.approx(p, abs=0.5 * 10 ** -len(str(p)[2:]))


def test_operative_rows_are_the_witness_rows():
    for measure, name in (("op_time", "operative_minutes"), ("ebl", "blood_loss_ml"), ("los", "stay_days")):
        for arm, rows in zip(ARMS, witness.clunk_rows(measure), strict=True):
            assert sorted(covariate(where(CLUNK, complexity=arm), name)) == rows


def test_demographics_of_clunk_are_the_printed_ones():
    assert Counter(one.sex for one in CLUNK.patients) == {"F": 7, "M": 7}
    ages = covariate(CLUNK.patients, "age")
    assert (quartiles(ages, STATA), min(ages), max(ages)) == ((62, 70, 73), 57, 76)
    assert quartiles(covariate(CLUNK.patients, "aacci"), STATA) == (9, 9.5, 11)
    years = quartiles(covariate(CLUNK.patients, "follow_up_years"), STATA)
    assert [round(value + 1e-9, 1) for value in years] == [1.2, 1.4, 2.8]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("primary_cancer", {"multiple_myeloma": 2, "breast": 2, "lung": 1, "renal_cell": 1, "thyroid": 2, "prostate": 2,
                            "other": 4}),
        ("katagiri_growth", {"slow": 5, "moderate": 5, "rapid": 4}),
        ("indication", {"impending_pathologic_fracture": 11, "insufficiency_fracture_radiation_osteitis": 3}),
        ("additional_metastases", {"yes": 9, "no": 5}),
        ("metastases_lung", {"yes": 5, "no": 9}),
        ("metastases_lymph_nodes", {"yes": 4, "no": 10}),
        ("metastases_liver", {"yes": 2, "no": 12}),
        ("metastases_other", {"yes": 1, "no": 13}),
        ("systemic_therapy", {"yes": 12, "no": 2}),
        ("systemic_neoadjuvant", {"yes": 9, "no": 2}),
        ("systemic_adjuvant", {"yes": 11, "no": 1}),
        ("radiation_therapy", {"yes": 8, "no": 6}),
        ("radiation_neoadjuvant", {"yes": 7, "no": 1}),
        ("radiation_adjuvant", {"yes": 5, "no": 3}),
    ],
)  # fmt: skip
def test_counts_of_clunk_are_the_printed_ones(name, expected):
    assert counts(CLUNK, name) == expected


@pytest.mark.parametrize(
    ("name", "simple", "complex_", "p"),
    [
        ("pdn_count", {1: 4, 2: 3}, {1: 5, 2: 2}, 0.58),
        ("ablation", {"yes": 1, "no": 6}, {"yes": 1, "no": 5}, 0.91),
        ("vte", {"yes": 1, "no": 6}, {"no": 7}, 0.30),
    ],
)
def test_categories_by_arm_give_the_printed_uncorrected_chi_squared(name, simple, complex_, p):
    arms = [counts(CLUNK, name, complexity=arm) for arm in ARMS]
    assert arms == [simple, complex_]
    table = [[arm[level] for level in simple] for arm in arms]
    assert round(stats.chi2_contingency(table, correction=False).pvalue, 2) == p


def test_nobody_in_clunk_had_a_failure_a_reoperation_a_readmission_or_intensive_care():
    for name in ("pdn_failure", "reoperation", "readmission", "icu_admission"):
        assert counts(CLUNK, name) == {"no": 14}


def test_the_one_complication_in_clunk_is_the_thrombosis():
    found = [(one.covariates["vte"], event.description) for one in CLUNK.patients for event in one.procedure.events
             if event.kind == "complication"]  # fmt: skip
    assert found == [("yes", "Venous thromboembolism: deep vein thrombosis")]


def test_visits_of_clunk_are_14_12_10_8_7_and_5_with_the_printed_medians():
    pain = [scores(CLUNK.patients, "pain", timepoint) for timepoint in clunk.TIMEPOINTS]
    cpaf = [scores(CLUNK.patients, "cpaf", timepoint) for timepoint in clunk.TIMEPOINTS]
    assert [len(values) for values in pain] == [len(values) for values in cpaf] == [14, 12, 10, 8, 7, 5]
    assert [numpy.median(values) for values in pain] == [7, 6, 5, 5, 5, 4]
    assert [numpy.median(values) for values in cpaf] == [6, 6.5, 7, 7, 7, 7]


def test_one_sided_dunn_of_pain_and_cpaf_gives_the_printed_p():
    pain = [scores(CLUNK.patients, "pain", timepoint) for timepoint in clunk.TIMEPOINTS]
    cpaf = [scores(CLUNK.patients, "cpaf", timepoint) for timepoint in clunk.TIMEPOINTS]
    ps = [dunn_one_sided(pain, 0, visit) for visit in range(1, 6)]
    assert (round(ps[0], 2), round(ps[4], 3)) == (0.02, 0.002)
    assert max(ps) < 0.05
    assert round(dunn_one_sided(cpaf, 0, 2), 3) == 0.009


def test_pain_at_six_weeks_fell_by_2_in_simple_and_by_1_in_complex_procedures():
    falls = [[pre - post for pre, post in pairs(where(CLUNK, complexity=arm), "pain", "preop", "w6")] for arm in ARMS]
    assert [numpy.median(values) for values in falls] == [2, 1]
    assert round(stats.kruskal(*falls).pvalue, 2) == 0.04


def test_opioids_in_clunk_are_12_of_14_then_5_of_8_4_of_7_and_3_of_5():
    used = [scores(CLUNK.patients, "opioid", timepoint) for timepoint in clunk.TIMEPOINTS]
    assert [(sum(used[index]), len(used[index])) for index in (0, 3, 4, 5)] == [(12, 14), (5, 8), (4, 7), (3, 5)]
    assert round(dunn_one_sided(used, 0, 3), 2) == 0.10


def test_ecog_in_clunk_is_0_in_2_of_13_before_and_in_5_of_8_at_six_months():
    before, later = (scores(CLUNK.patients, "ecog", timepoint) for timepoint in ("preop", "m6"))
    assert (before.count(0), len(before), max(before)) == (2, 13, 3)
    assert (later.count(0), len(later), max(later)) == (5, 8, 2)
