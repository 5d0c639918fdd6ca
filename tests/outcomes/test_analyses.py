"""Every analysis type against the open studies' reference results, and what it says where there is nothing to say."""

import math

import pytest

from outcomes.analyses.run import run
from outcomes.plans.errors import PlanError
from outcomes.stats.documents import canonical
from tests.outcomes.cohorts import ENTRIES, columns, entry_name
from tests.outcomes.studies import STUDIES, study_columns, study_expected, study_plan

PLANNED = {"licorice_gargle_ruetzler2013": 22, "acupuncture_vickers2004": 20, "nhs_proms_2018_19": 31}


def differences(got, expected, path=""):
    """Every place at which `got` lacks something of `expected` or differs; keys that it has beside are fine."""
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return [f"{path}: {got!r} is not an object"]
        return [d for key, each in expected.items() for d in differences(got.get(key, "absent"), each, f"{path}/{key}")]
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return [f"{path}: {got!r} has another length"]
        return [d for i, each in enumerate(expected) for d in differences(got[i], each, f"{path}/{i}")]
    if isinstance(expected, int | float):
        agrees = isinstance(got, int | float) and math.isclose(got, expected, rel_tol=1e-9, abs_tol=0.0)
        tiny = isinstance(got, int | float) and expected == 0 and abs(got) < 1e-9
        return [] if agrees or tiny else [f"{path}: {got!r} is not {expected!r}"]
    return [] if got == expected else [f"{path}: {got!r} is not {expected!r}"]


@pytest.mark.parametrize("study", STUDIES)
def test_every_planned_analysis_agrees_with_the_reference_results(study):
    columns, results = study_columns(study), study_expected(study)["results"]
    payloads = {entry["id"]: run(entry, columns) for entry in study_plan(study)["analyses"]}
    assert list(payloads) == list(results)
    assert len(payloads) == PLANNED[study]
    assert differences(payloads, results) == []


def test_the_comparison_with_reference_results_sees_a_wrong_digit_and_an_absent_key():
    assert differences({"p": 0.05}, {"p": 0.05 * (1 + 1e-8)}) == ["/p: 0.05 is not 0.0500000005"]
    assert differences({"dunn": [{"z": 1.0}]}, {"dunn": [{"z": 1.0, "p": 0.3}]}) == ["/dunn/0/p: 'absent' is not 0.3"]
    assert differences({"n": 3, "beside": 1}, {"n": 3}) == []


def test_seventy_three_analyses_are_planned_in_the_three_studies():
    assert sum(len(study_plan(study)["analyses"]) for study in STUDIES) == 73


def cohort(**covariates):
    """Six procedures; one lost after the first visit, one whose arm is not known."""
    return columns(
        scores={
            ("pain", "pre"): ["8", "7", "6", "9", "5", "0"],
            ("pain", "6w"): ["4", None, "6", "3.5", "2", "0"],
        },
        covariates={"arm": ["a", "a", "b", "b", "b", None], "age": ["61", "70", "55", "48", "66", "59"], **covariates},
    )


def of(type_, **keys):
    return {"id": "x", "type": type_, **keys}


CHANGE = {"instrument": "pain", "pre": "pre", "post": "6w"}


def test_describe_counts_the_missing_of_each_group_and_says_who_has_no_group():
    payload = run(of("describe_by_timepoint", instrument="pain", by="arm"), cohort())
    assert (payload["timepoints"], payload["groups"]) == (["pre", "6w"], ["a", "b"])
    assert [payload["6w"][group]["missing"] for group in "ab"] == [1, 0]
    assert payload["left_out"] == {"no_arm": 1}


def test_a_paired_test_says_at_which_timepoint_values_lack():
    payload = run(of("wilcoxon_paired", **CHANGE), cohort())
    assert payload["n_pairs"] == 5
    assert payload["left_out"] == {"no_value_at_6w": 1}
    assert payload["mean_change"] == pytest.approx((-4 + 0 - 5.5 - 3 + 0) / 5)


def test_mann_whitney_leaves_out_whom_it_has_no_value_or_no_group_of():
    payload = run(of("mannwhitney", instrument="pain", timepoint="6w", by="arm"), cohort())
    assert (payload["n1"], payload["n2"], payload["groups"]) == (1, 3, ["a", "b"])
    assert payload["left_out"] == {"no_arm": 1, "no_value_at_6w": 1}
    assert payload["missing"] == {"a": 1, "b": 0}


def test_a_relative_reduction_from_a_baseline_of_zero_is_left_out_with_that_reason():
    everyone = cohort(seen=["yes"] * 6)
    col = CHANGE | {"relative_reduction_ge": 0.5}
    payload = run(of("crosstab", row="seen", col=col), everyone)
    assert payload["left_out"] == {"no_value_at_6w": 1, "baseline_zero": 1}
    assert payload["table"] == {"yes": {"0": 1, "1": 3}}


def test_a_reduction_of_exactly_the_threshold_counts_as_reached():
    scores = {("pain", "pre"): ["10", "20.0", "10"], ("pain", "6w"): ["6.5", "13.0", "6.6"]}
    data = columns(scores=scores, covariates={"arm": ["a", "a", "b"]})
    payload = run(of("crosstab", row="arm", col=CHANGE | {"relative_reduction_ge": 0.35}), data)
    assert payload["table"] == {"a": {"0": 0, "1": 2}, "b": {"0": 1, "1": 0}}


@pytest.mark.parametrize(
    ("comparison", "holds"),
    [({"gt": 3.5}, 2), ({"ge": 3.5}, 3), ({"lt": 3.5}, 2), ({"le": 3.5}, 3), ({"eq": 3.5}, 1), ({"eq": 3.55}, 0)],
)
def test_a_threshold_is_compared_exactly(comparison, holds):
    data = cohort(seen=["yes"] * 6)
    payload = run(of("crosstab", row="seen", col={"instrument": "pain", "timepoint": "6w", **comparison}), data)
    assert payload["table"]["yes"]["1"] == holds


@pytest.mark.parametrize(
    ("comparison", "holds"),
    [({"change_gt": -4}, 3), ({"change_ge": -4}, 4), ({"change_lt": -4}, 1), ({"change_le": -4}, 2)],
)
def test_a_change_is_the_later_value_minus_the_earlier(comparison, holds):
    payload = run(of("crosstab", row="seen", col=CHANGE | comparison), cohort(seen=["yes"] * 6))
    assert payload["table"]["yes"]["1"] == holds


def test_a_crosstab_names_the_column_that_nobody_is_in():
    col = {"instrument": "pain", "timepoint": "pre", "gt": 100}
    payload = run(of("crosstab", row="arm", col=col), cohort())
    assert payload["not_estimable"] == "column '1' is empty"
    assert payload["table"] == {"a": {"0": 2, "1": 0}, "b": {"0": 3, "1": 0}}


def test_a_crosstab_shows_the_group_of_which_nobody_has_a_value():
    col = {"instrument": "pain", "timepoint": "1y", "gt": 0}
    payload = run(of("crosstab", row="arm", col=col), cohort())
    assert payload["table"] == {"a": {"0": 0, "1": 0}, "b": {"0": 0, "1": 0}}
    assert payload["not_estimable"] == "row 'a' is empty"
    assert payload["left_out"] == {"no_arm": 1, "no_value_at_1y": 5}


def test_levels_written_as_decimals_are_the_same_levels():
    whole = run(of("crosstab_patient", row="arm", col="healed"), cohort(healed=["1", "0", "1", "0", None, "1"]))
    decimal = run(of("crosstab_patient", row="arm", col="healed"), cohort(healed=["1.0", "0.0", "1.0", "0", None, "1"]))
    assert whole == decimal
    assert whole["cols"] == ["0", "1"]
    assert whole["left_out"] == {"no_arm": 1, "no_healed": 1}


def test_number_levels_stand_in_numeric_order():
    payload = run(of("crosstab_patient", row="grade", col="arm"), cohort(grade=["10", "2", "1", "10", "2", "1"]))
    assert payload["rows"] == ["1", "2", "10"]


def test_a_subset_counts_those_of_whom_it_cannot_be_known():
    payload = run(of("describe_by_timepoint", instrument="pain", subset={"arm": "b"}), cohort())
    assert payload["pre"]["n"] == 3
    assert payload["left_out"] == {"no_arm": 1}
    known = run(of("describe_by_timepoint", instrument="pain", subset={"arm": "b", "age": 55}), cohort())
    assert known["left_out"] == {}, "of the age 59 it is known that they are not asked for"


def test_three_groups_are_not_compared_by_mann_whitney():
    entry = of("mannwhitney", instrument="pain", timepoint="pre", by="grade")
    payload = run(entry, cohort(grade=["1", "2", "3", "1", "2", "3"]))
    assert payload["not_estimable"] == "needs 2 groups, and grade has 3: 1, 2, 3"
    assert "p_normal" not in payload


def test_one_group_is_not_compared():
    payload = run(of("mannwhitney_patient_var", var="age", by="site"), cohort(site=["north"] * 6))
    assert payload["not_estimable"] == "needs 2 groups, and site has 1: north"
    assert payload["describe"]["north"]["n"] == 6


def test_ancova_names_the_level_that_nobody_has():
    entry = of("ancova", **CHANGE, group="arm", group_level="c", covariates=[])
    payload = run(entry, cohort())
    assert payload["not_estimable"] == "nobody with all values has arm = c; seen: a, b"
    assert payload["left_out"] == {"no_value_at_6w": 1, "no_arm": 1}


@pytest.mark.parametrize("entry", [{"id": "x", **entry} for entry in ENTRIES], ids=entry_name)
def test_a_cohort_without_any_value_gives_reasons_and_no_numbers(entry):
    nothing = columns(
        scores={("pain", code): [None] * 3 for code in ("pre", "6w", "1y")},
        covariates={name: [None] * 3 for name in ("arm", "sex", "grade", "age")},
        survival={name: ([None] * 3, [None] * 3) for name in ("repair", "death")},
    )
    payload = run(entry, nothing)
    canonical(payload)
    if entry["type"] != "describe_by_timepoint":
        assert payload["not_estimable"]
    assert not [key for key in payload if key == "p" or key.startswith("p_")]


@pytest.mark.parametrize("entry", [{"id": "x", **entry} for entry in ENTRIES], ids=entry_name)
def test_no_p_value_travels_without_its_test_its_size_and_its_effect(entry):
    payload = run(entry, cohort_of_twelve())
    for part in _with_p(payload):
        assert part["test"]
        assert part["effect"]["name"]
        assert part["effect"]["estimate"] is not None
        assert {"n", "n1", "n_pairs", "n_a"} & set(part)


def _with_p(payload):
    if isinstance(payload, list):
        return [found for each in payload for found in _with_p(each)]
    if not isinstance(payload, dict):
        return []
    own = [payload] if {"p", "p_normal"} & set(payload) else []
    return own + [found for each in payload.values() for found in _with_p(each)]


def cohort_of_twelve():
    return columns(
        scores={
            ("pain", "pre"): ["7", "8", "6", "9", "5", "7", "8", "4", "6", "3", "9", "7"],
            ("pain", "6w"): ["3", "5", "4", "8", "5", "2", "7", "6", "1", "2", "1", "6"],
            ("pain", "1y"): ["1", "4", "1", "6", "2", "1", "5", "3", "0", "1", "4", "5"],
        },
        covariates={
            "arm": list("aabbababaabb"),
            "sex": list("FMFMMFFMFMFM"),
            "grade": ["1", "2", "1", "1", "2", "2", "1", "1", "1", "2", "2", "1"],
            "age": ["61", "70", "55", "48", "66", "59", "71", "80", "62", "64", "58", "69"],
        },
        survival={
            "repair": ([str(day) for day in range(1, 13)], list("110101100110")),
            "death": (["2", "3", "3", "5", "6", "8", "8", "9", "10", "11", "12", "14"], list("011000101001")),
        },
    )


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (of("kruskal_dunn", instrument="vas"), "x: instrument = 'vas' is not a known instrument; known: pain"),
        (
            of("mannwhitney", instrument="pain", timepoint="5y", by="arm"),
            "x: timepoint = '5y' is not a known timepoint; known: pre, 6w, 1y",
        ),
        (
            of("wilcoxon_paired", instrument="pain", pre="pre", post="2y"),
            "x: post = '2y' is not a known timepoint; known: pre, 6w, 1y",
        ),
        (
            of("describe_by_timepoint", instrument="pain", by="group"),
            "x: by = 'group' is not a known covariate; known: arm, age",
        ),
        (
            of("describe_by_timepoint", instrument="pain", subset={"group": 1}),
            "x: subset = 'group' is not a known covariate; known: arm, age",
        ),
        (
            of("crosstab", row="arm", col={"instrument": "pain", "timepoint": "5y", "gt": 0}),
            "x: col.timepoint = '5y' is not a known timepoint; known: pre, 6w, 1y",
        ),
        (
            of("ancova", **CHANGE, group="age", group_level=61, covariates=["arm"]),
            "x: covariates = 'arm' is not numeric: 2 of its values are no numbers",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value["type"],
)
def test_an_unknown_name_is_refused_with_those_that_are_known(entry, words):
    with pytest.raises(PlanError) as refusal:
        run(entry, cohort())
    assert str(refusal.value) == words


def test_an_instrument_that_is_asked_for_but_nobody_has_yet_is_known():
    payload = run(of("kruskal_dunn", instrument="msts"), with_instrument(cohort(), "msts"))
    assert payload["n"] == {}
    assert payload["not_estimable"]


def with_instrument(data, name):
    return type(data)(**{**vars(data), "instruments": (*data.instruments, name)})


def test_a_timepoint_may_not_have_the_name_of_another_part_of_the_payload():
    data = columns(timepoints={"groups": 0}, scores={("pain", "groups"): ["1", "2"]})
    with pytest.raises(PlanError, match="cannot be a timepoint's code"):
        run(of("describe_by_timepoint", instrument="pain"), data)
