"""Charlson, Katagiri, SINS and the order of pelvic fractures."""

from decimal import Decimal

import pytest

from registry.derived.charlson import EXCLUSIVE, POINTS, aacci, charlson_age_points
from registry.derived.fragility import FFP, ffp_involves_sacrum, ffp_order
from registry.derived.katagiri import (
    Laboratory,
    katagiri_band,
    katagiri_total,
    laboratory_class,
    suggested_growth,
)
from registry.derived.sins import sins_band, sins_total

NONE_OF_THEM = dict.fromkeys(POINTS, False)
NORMAL = {"crp": "0.3", "ldh": "249", "albumin": "3.7", "platelets": "100000", "calcium": "10.2", "bilirubin": "1.3"}
HEALTHIEST = {
    "growth": "slow", "visceral": "none", "laboratory": "normal", "ecog": 0, "previous_chemotherapy": False,
    "multiple_skeletal": False,
}  # fmt: skip
WORST = {
    "growth": "rapid", "visceral": "disseminated", "laboratory": "critical", "ecog": 4, "previous_chemotherapy": True,
    "multiple_skeletal": True,
}  # fmt: skip
SINS_WORST = {"location": 3, "pain": 3, "matrix": 2, "alignment": 4, "collapse": 3, "posterolateral": 3}


def lab(**values) -> Laboratory:
    return Laboratory(**{name: Decimal(value) for name, value in (NORMAL | values).items() if value is not None})


def test_metastatic_disease_at_70_is_9():
    found = aacci(NONE_OF_THEM | {"tumour_metastatic": True}, age=70)
    assert (found.base, found.age_points, found.total, found.source, found.reasons) == (6, 3, 9, "components", ())


def test_the_weights_sum_to_the_published_maxima():
    everything = dict.fromkeys(POINTS, True)
    assert (aacci(everything, age=49).base, aacci(everything, age=80).total) == (33, 37)
    assert sorted(POINTS.values()) == [1] * 10 + [2] * 6 + [3] + [6] * 2


@pytest.mark.parametrize(
    ("age", "points"), [(18, 0), (49, 0), (50, 1), (59, 1), (60, 2), (69, 2), (70, 3), (79, 3), (80, 4), (101, 4)]
)
def test_age_adds_a_point_for_each_decade_from_50(age, points):
    assert charlson_age_points(age) == points


@pytest.mark.parametrize(("lower", "higher"), EXCLUSIVE.items())
def test_of_an_exclusive_pair_the_higher_counts_alone(lower, higher):
    assert aacci(NONE_OF_THEM | {lower: True, higher: True}, age=40).total == POINTS[higher]
    assert aacci(NONE_OF_THEM | {lower: True}, age=40).total == POINTS[lower]


def test_a_component_that_is_missing_leaves_the_index_missing_and_says_which():
    found = aacci(NONE_OF_THEM | {"dementia": None, "renal": "unknown"}, age=70)
    assert (found.base, found.total, found.source) == (None, None, None)
    assert found.reasons == ("dementia is not known", "renal is not known")
    assert aacci({}, age=70, reviewed=False).total is None


def test_the_lower_of_a_pair_may_be_missing_where_the_higher_is_there():
    assert aacci(NONE_OF_THEM | {"diabetes": None, "diabetes_organ_damage": True}, age=40).total == 2
    assert aacci(NONE_OF_THEM | {"diabetes": True, "diabetes_organ_damage": None}, age=40).total is None


def test_silence_is_no_only_where_the_history_was_reviewed():
    found = aacci({"tumour_metastatic": True}, age=70, reviewed=True)
    assert (found.total, found.inferred) == (9, True)
    assert not aacci(NONE_OF_THEM, age=70, reviewed=True).inferred
    assert aacci(NONE_OF_THEM | {"aids": "not_recorded"}, age=70, reviewed=True).total == 3
    assert aacci(NONE_OF_THEM | {"aids": "unknown"}, age=70, reviewed=True).total is None


def test_without_an_age_there_is_a_base_and_no_total():
    found = aacci(NONE_OF_THEM | {"dementia": True}, age=None)
    assert (found.base, found.total, found.reasons) == (1, None, ("the age is not known",))


def test_a_reported_total_stands_where_the_components_give_none_and_makes_no_component():
    found = aacci({}, age=None, reported=9)
    assert (found.base, found.total, found.source) == (None, 9, "reported")
    assert aacci(NONE_OF_THEM, age=70, reported=9).total == 3


def test_a_condition_that_the_index_does_not_know_is_a_mistake():
    with pytest.raises(ValueError, match="gout"):
        aacci({"gout": True}, age=70)


@pytest.mark.parametrize(
    ("cancer", "known", "group"),
    [
        ("breast", {"hormone_sensitive": True}, "slow"), ("breast", {"hormone_sensitive": False}, "moderate"),
        ("prostate", {"hormone_sensitive": True}, "slow"), ("prostate", {"hormone_sensitive": None}, None),
        ("lung_nsclc", {"targeted_therapy": True}, "moderate"), ("lung_nsclc", {"targeted_therapy": False}, "rapid"),
        ("lung_sclc", {"targeted_therapy": None}, None), ("multiple_myeloma", {}, "slow"), ("thyroid", {}, "slow"),
        ("renal_cell", {}, "moderate"), ("hepatocellular", {}, "rapid"), ("melanoma", {}, "rapid"),
        ("head_neck_scc", {}, "rapid"), ("unknown_primary", {}, "rapid"), ("leukaemia_other_haem", {}, None),
        (None, {}, None),
    ],
)  # fmt: skip
def test_the_growth_group_is_suggested_by_treatability_and_never_guessed(cancer, known, group):
    suggestion = suggested_growth(cancer, **known)
    assert suggestion.group == group
    assert suggestion.why


def test_a_group_that_is_not_confirmed_says_so():
    assert "not confirmed" in suggested_growth("cervical").why
    assert "not confirmed" not in suggested_growth("melanoma").why


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, "normal"), ({"crp": "0.4"}, "abnormal"), ({"ldh": "250"}, "abnormal"), ({"albumin": "3.6"}, "abnormal"),
        ({"platelets": "99999"}, "critical"), ({"calcium": "10.3"}, "critical"), ({"bilirubin": "1.4"}, "critical"),
        ({"crp": "5", "bilirubin": "2"}, "critical"), ({"crp": None, "bilirubin": "2"}, "critical"),
        ({"crp": None}, None), ({"crp": None, "ldh": "300"}, "abnormal"), ({"crp": "5", "calcium": None}, None),
    ],
)  # fmt: skip
def test_the_laboratory_is_as_bad_as_its_worst_value_and_unknown_where_a_missing_one_could_be_worse(values, found):
    assert laboratory_class(lab(**values)) == found


def test_katagiri_runs_from_0_to_10():
    assert katagiri_total(**HEALTHIEST).total == 0
    assert katagiri_total(**WORST).total == 10


def test_katagiri_without_laboratory_is_missing_and_not_normal():
    found = katagiri_total(**WORST | {"laboratory": None})
    assert (found.total, found.missing) == (None, ("laboratory",))


@pytest.mark.parametrize(("ecog", "points"), [(0, 0), (2, 0), (3, 1), (4, 1)])
def test_ecog_counts_from_3(ecog, points):
    assert katagiri_total(**HEALTHIEST | {"ecog": ecog}).total == points


@pytest.mark.parametrize("wrong", [{"ecog": 5}, {"growth": "fast"}, {"visceral": "some"}, {"laboratory": "good"}])
def test_a_code_that_the_score_does_not_know_is_a_mistake(wrong):
    with pytest.raises(ValueError, match=r"ECOG|is not one of"):
        katagiri_total(**HEALTHIEST | wrong)


@pytest.mark.parametrize(
    ("total", "band"), [(0, "0-3"), (3, "0-3"), (4, "4-6"), (6, "4-6"), (7, "7-10"), (10, "7-10"), (None, None)]
)
def test_the_bands_of_katagiri(total, band):
    assert katagiri_band(total) == band


def test_sins_runs_from_0_to_18_with_the_points_that_exist():
    assert sins_total(SINS_WORST) == 18
    assert sins_total(dict.fromkeys(SINS_WORST, 0)) == 0
    assert sins_total(SINS_WORST | {"pain": None}) is None
    for wrong in ({"pain": 2}, {"posterolateral": 2}, {"alignment": 1}, {"location": 4}):
        with pytest.raises(ValueError, match="points"):
            sins_total(SINS_WORST | wrong)


@pytest.mark.parametrize(
    ("total", "band"),
    [(0, "stable"), (6, "stable"), (7, "potentially_unstable"), (12, "potentially_unstable"), (13, "unstable"),
     (18, "unstable"), (None, None)],
)  # fmt: skip
def test_the_bands_of_sins(total, band):
    assert sins_band(total) == band


def test_pelvic_fractures_are_ordered_by_instability_and_type_1_spares_the_sacrum():
    assert [ffp_order(code) for code in FFP] == list(range(1, 12))
    assert [code for code in FFP if not ffp_involves_sacrum(code)] == ["Ia", "Ib"]
    assert (ffp_order(None), ffp_involves_sacrum(None)) == (None, None)
    with pytest.raises(ValueError, match="IId"):
        ffp_order("IId")
