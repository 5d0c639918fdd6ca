"""The sacroplasty-with-or-without-screws demonstration prints what Cox 2025 prints."""

from collections import Counter

import numpy
import pytest
from scipy import stats

from registry.demonstration import cox, witness
from tests.registry.reading import counts, covariate, pairs, where

COX = cox.study()
ARMS = ("screws_and_cement", "sacroplasty")


def ancova_p(treated, others):
    """p of the group in post ~ pre + group, by two least-squares fits."""
    pre, post = numpy.array(treated + others, dtype=float).T
    group = numpy.r_[numpy.ones(len(treated)), numpy.zeros(len(others))]
    small = numpy.c_[numpy.ones(len(pre)), pre]
    sums = [numpy.linalg.lstsq(design, post)[1][0] for design in (small, numpy.c_[small, group])]
    df = len(pre) - 3
    return stats.f.sf((sums[0] - sums[1]) / (sums[1] / df), 1, df)


def test_pathological_totals_are_the_witness_pairs_and_their_ancova_p_is_0_005():
    arms = [pairs(where(COX, lesion="pathological", treatment=arm), "msts", "preop", "final") for arm in ARMS]
    assert [sorted(arm) for arm in arms] == [sorted(witness.cox_pairs(arm)) for arm in ("psfs", "sp")]
    assert round(ancova_p(*arms), 3) == 0.005


@pytest.mark.parametrize(
    ("lesion", "treatment", "n", "before", "after", "percent", "sd"),
    [
        ("pathological", "screws_and_cement", 9, 7.3, 22.6, 51, 19),
        ("pathological", "sacroplasty", 12, 10.7, 18.1, 25, 13),
        (
            "impending",
            "screws_and_cement",
            2,
            12.0,
            23.5,
            38,
            16,
        ),  # the paper prints 17; no two integer changes adding up to 23 do
        ("impending", "sacroplasty", 7, 18.4, 28.0, 32, 12),
    ],
)
def test_mean_msts_before_and_after_and_its_change_are_the_printed_ones(
    lesion, treatment, n, before, after, percent, sd
):
    totals = numpy.array(pairs(where(COX, lesion=lesion, treatment=treatment), "msts", "preop", "final"))
    change = (totals[:, 1] - totals[:, 0]) / 30 * 100
    assert (len(totals), *totals.mean(axis=0).round(1)) == (n, before, after)
    assert (round(change.mean()), round(change.std(ddof=1))) == (percent, sd)


def test_the_ancova_p_of_impending_fractures_is_0_72():
    arms = [pairs(where(COX, lesion="impending", treatment=arm), "msts", "preop", "final") for arm in ARMS]
    assert round(ancova_p(*arms), 2) == 0.72


def test_items_add_up_to_the_total_at_every_visit_that_has_one():
    found = [visit.scores for one in COX.patients for visit in one.procedure.visits if visit.scores]
    whole = [values for values in found if not isinstance(values["msts"], str)]
    assert len(whole) == 60
    assert all(sum(values[item] for item in cox.ITEMS) == values["msts"] for values in whole)


@pytest.mark.parametrize(
    ("item", "means", "low", "high"),
    [
        ("msts_pain", (0.2, 3.8, 0.9, 2.8), 0.0205, 0.0215),
        ("msts_emotional", (0.4, 4.2, 1.0, 2.8), 0.0035, 0.0045),
        ("msts_supports", (0.9, 3.0, 1.8, 2.3), 0.0135, 0.0145),
        (
            "msts_gait",
            (2.9, 4.4, 3.0, 3.8),
            0.0205,
            0.0215,
        ),  # 2.8 before: the printed items miss their total by a point
        ("msts_walking", (1.6, 3.6, 2.2, 3.1), 0.05, 1),
        ("msts_function", (1.3, 3.6, 1.8, 3.3), 0.05, 1),
    ],
)
def test_item_means_of_pathological_fractures_and_their_ancova_p_are_the_printed_ones(item, means, low, high):
    arms = [pairs(where(COX, lesion="pathological", treatment=arm), item, "preop", "final") for arm in ARMS]
    found = [sum(values) / len(values) for arm in arms for values in zip(*arm, strict=True)]
    assert [int(mean * 10 + 0.5 + 1e-9) / 10 for mean in found] == list(means)
    assert low < ancova_p(*arms) < high


@pytest.mark.parametrize(
    ("item", "means"),
    [
        ("msts_pain", (0.5, 3.0, 1.7, 4.7)),  # 4.9 printed
        ("msts_emotional", (0.5, 3.5, 1.4, 4.7)),  # 4.9 printed
        ("msts_supports", (4.0, 5.0, 4.4, 5.0)),
        ("msts_walking", (3.0, 4.5, 3.7, 4.6)),  # 4.7 printed
        ("msts_gait", (3.0, 4.0, 4.1, 4.7)),
        ("msts_function", (1.0, 3.5, 3.0, 4.3)),  # 4.4 printed
    ],
)
def test_item_means_of_impending_fractures_are_the_printed_ones_but_for_four_points_that_28_0_leaves_out(item, means):
    arms = [pairs(where(COX, lesion="impending", treatment=arm), item, "preop", "final") for arm in ARMS]
    found = [sum(values) / len(values) for arm in arms for values in zip(*arm, strict=True)]
    assert [int(mean * 10 + 0.5 + 1e-9) / 10 for mean in found] == list(means)


@pytest.mark.parametrize(
    ("name", "psfs", "sacroplasty"),
    [
        ("primary_cancer", {"multiple_myeloma": 5, "hepatocellular": 2, "renal_cell": 2, "other": 2},
         {"multiple_myeloma": 8, "hepatocellular": 1, "renal_cell": 1, "other": 9}),
        ("prior_radiation", {"yes": 5, "no": 6}, {"yes": 8, "no": 11}),
        ("ablation", {"none": 8, "radiofrequency": 1, "cryoablation": 1, "microwave": 1},
         {"none": 12, "radiofrequency": 6, "cryoablation": 1}),
    ],
)  # fmt: skip
def test_counts_of_cox_are_the_printed_ones(name, psfs, sacroplasty):
    assert [counts(COX, name, treatment=arm) for arm in ARMS] == [psfs, sacroplasty]


def test_sex_age_and_follow_up_of_cox_are_the_printed_ones():
    arms = [where(COX, treatment=arm) for arm in ARMS]
    assert [Counter(one.sex for one in arm) for arm in arms] == [{"M": 8, "F": 3}, {"M": 8, "F": 11}]
    assert [numpy.mean(covariate(arm, "age")) for arm in arms] == [63, 65]
    months = [float(value) for value in covariate(COX.patients, "follow_up_months")]
    assert (round(numpy.mean(months), 1), min(months), max(months)) == (4.4, 0.5, 36.5)


@pytest.mark.parametrize(
    ("lesion", "treatment", "opioids", "secondary"),
    [
        ("pathological", "screws_and_cement", {"decreased": 6, "stable": 3}, 0),
        ("pathological", "sacroplasty", {"decreased": 4, "stable": 5, "increased": 3}, 5),
        ("impending", "screws_and_cement", {"decreased": 1, "increased": 1}, 0),
        ("impending", "sacroplasty", {"decreased": 5, "stable": 2}, 1),
    ],
)
def test_opioid_change_and_secondary_procedures_are_the_printed_ones(lesion, treatment, opioids, secondary):
    assert counts(COX, "opioid_change", lesion=lesion, treatment=treatment) == opioids
    assert counts(COX, "secondary_procedure", lesion=lesion, treatment=treatment)["yes"] == secondary


def test_secondary_procedures_of_pathological_fractures_came_after_197_days_on_average_90_in_the_median():
    times = [time.time for one in where(COX, lesion="pathological") for time in one.times
             if time.name == "secondary_procedure" and time.event]  # fmt: skip
    assert (numpy.mean(times), numpy.median(times), min(times), max(times)) == (197, 90, 14, 730)


def test_the_screw_that_backed_out_is_a_myeloma_patient_and_no_procedure_for_unresolved_pain():
    (one,) = [one for one in COX.patients if any(event.kind == "complication" for event in one.procedure.events)]
    assert (one.covariates["primary_cancer"], one.covariates["secondary_procedure"]) == ("multiple_myeloma", "no")
    assert [event.kind for event in one.procedure.events] == ["complication", "secondary_procedure"]
