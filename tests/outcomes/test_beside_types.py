"""The analyses a reviewer asks for, against SciPy and against hand calculation."""

from statistics import mean, median, stdev

import pytest
from scipy.stats import binomtest, friedmanchisquare, kruskal, mannwhitneyu, wilcoxon

from outcomes.analyses.run import run
from outcomes.plans.errors import PlanError
from tests.outcomes.cohorts import columns

PRE = [8, 7, 9, 6, 8, 7, 5, 9, 8, 6]
W6 = [4, 5, 9, 2, None, 6, 3, 5, 4, 6]
Y1 = [2, 4, None, 1, None, 5, 5, None, 3, 2]
ARM = list("aabbccabca")


def texts(values):
    return [None if value is None else str(value) for value in values]


def cohort(**more):
    return columns(
        scores={("pain", "pre"): texts(PRE), ("pain", "6w"): texts(W6), ("pain", "1y"): texts(Y1)},
        covariates={"arm": ARM, "two": list("xyxyxyxyxy"), "age": texts([61, 70, 55, 48, 66, 59, None, 80, 62, 64])},
        **more,
    )


def of(type_, **keys):
    return {"id": "x", "type": type_, **keys}


def test_groups_of_any_number_are_compared_as_scipy_compares_them():
    payload = run(of("kruskal_groups", instrument="pain", timepoint="6w", by="arm"), cohort())
    groups = {arm: [v for v, a in zip(W6, ARM, strict=True) if a == arm and v is not None] for arm in "abc"}
    theirs = kruskal(*groups.values())
    assert (payload["H"], payload["p"]) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert payload["n"] == {"a": 4, "b": 3, "c": 2}
    assert payload["missing"] == {"a": 0, "b": 0, "c": 1}
    assert payload["left_out"] == {"no_value_at_6w": 1}
    assert [(pair["a"], pair["b"]) for pair in payload["dunn"]] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert payload["effect"]["name"] == "epsilon_squared"


def test_of_two_groups_kruskal_is_mann_whitneys_z_squared():
    at = {"instrument": "pain", "timepoint": "6w", "by": "two"}
    z = run(of("mannwhitney", **at), cohort())["z"]
    assert run(of("kruskal_groups", **at), cohort())["H"] == pytest.approx(z * z)


@pytest.mark.parametrize("type_", ["describe_by_timepoint", "kruskal_dunn"])
def test_named_timepoints_stand_in_the_schedules_order_as_if_there_were_no_others(type_):
    named = run(of(type_, instrument="pain", timepoints=["1y", "pre"]), cohort())
    alone = columns(scores={("pain", "pre"): texts(PRE), ("pain", "1y"): texts(Y1)})
    assert named["timepoints"] == ["pre", "1y"]
    assert named == run(of(type_, instrument="pain"), alone)
    assert named != run(of(type_, instrument="pain"), cohort())


@pytest.mark.parametrize("type_", ["describe_by_timepoint", "kruskal_dunn", "contrasts_from_baseline"])
def test_a_timepoint_that_the_schedule_does_not_have_is_refused(type_):
    with pytest.raises(PlanError, match="'9y' is not a known timepoint; known: pre, 6w, 1y"):
        run(of(type_, instrument="pain", timepoints=["pre", "9y"]), cohort())


def test_a_named_timepoint_at_which_nobody_has_a_value_is_shown_as_nobody():
    data = columns(scores={("pain", "pre"): ["3", "4"], ("pain", "6w"): ["1", "2"]})
    payload = run(of("describe_by_timepoint", instrument="pain", timepoints=["pre", "1y"]), data)
    assert (payload["1y"]["n"], payload["1y"]["missing"]) == (0, 2)


def test_changes_are_compared_between_groups_as_scipy_compares_differences():
    payload = run(of("mannwhitney_change", instrument="pain", pre="pre", post="6w", by="two"), cohort())
    x = [w - p for p, w, g in zip(PRE, W6, "xyxyxyxyxy", strict=True) if w is not None and g == "x"]
    y = [w - p for p, w, g in zip(PRE, W6, "xyxyxyxyxy", strict=True) if w is not None and g == "y"]
    theirs = mannwhitneyu(x, y, method="asymptotic", use_continuity=False)
    assert payload["U1"] == theirs.statistic
    assert payload["p_normal"] == pytest.approx(theirs.pvalue)
    assert (payload["n1"], payload["n2"], payload["groups"]) == (4, 5, ["x", "y"])
    assert payload["left_out"] == {"no_value_at_6w": 1}
    assert payload["missing"] == {"x": 1, "y": 0}


def test_a_covariate_is_described_for_all_and_by_group():
    data = columns(
        scores={("pain", "pre"): ["1"] * 5},
        covariates={"age": ["60", "70", None, "81", "65"], "arm": ["a", "a", "a", "b", None]},
    )
    payload = run(of("describe_patient_var", var="age", by="arm"), data)
    assert (payload["all"]["n"], payload["all"]["missing"]) == (4, 1)
    assert payload["all"]["mean"] == mean([60, 70, 81, 65])
    assert payload["all"]["sd"] == pytest.approx(stdev([60, 70, 81, 65]))
    assert payload["groups"] == ["a", "b"]
    assert (payload["by"]["a"]["median"], payload["by"]["a"]["missing"]) == (median([60, 70]), 1)
    assert payload["by"]["b"]["n"] == 1
    assert payload["left_out"] == {"no_arm": 1}


def test_levels_are_shares_of_those_whose_level_is_known():
    data = columns(
        scores={("pain", "pre"): ["1"] * 6},
        covariates={"stage": ["2", "2", "1", None, "2", "1"], "arm": ["a", "a", "a", "a", "b", None]},
    )
    payload = run(of("share_patient_var", var="stage", by="arm"), data)
    assert payload["levels"] == ["1", "2"]
    assert (payload["all"]["n"], payload["all"]["missing"]) == (5, 1)
    twos = payload["all"]["levels"]["2"]
    assert (twos["x"], twos["n"]) == (3, 5)
    exact, score = (binomtest(3, 5).proportion_ci(method=method) for method in ("exact", "wilson"))
    assert (twos["clopper_pearson"]["low"], twos["clopper_pearson"]["high"]) == pytest.approx(tuple(exact))
    assert (twos["wilson"]["low"], twos["wilson"]["high"]) == pytest.approx(tuple(score))
    assert payload["by"]["a"]["levels"]["2"]["x"] == 2
    assert payload["by"]["a"]["missing"] == 1
    assert payload["by"]["b"]["levels"]["1"] | {"wilson": 0, "clopper_pearson": 0} == {
        "x": 0, "n": 1, "wilson": 0, "clopper_pearson": 0,
    }  # fmt: skip
    assert payload["left_out"] == {"no_stage": 1, "no_arm": 1}


def test_a_condition_is_a_share_of_those_it_can_be_told_of():
    payload = run(of("proportion", col={"instrument": "pain", "timepoint": "1y", "le": 3}, by="arm"), cohort())
    assert (payload["all"]["x"], payload["all"]["n"]) == (4, 7)
    exact = binomtest(4, 7).proportion_ci(method="exact")
    found = payload["all"]["clopper_pearson"]
    assert (found["low"], found["high"]) == pytest.approx(tuple(exact))
    assert {arm: (cell["x"], cell["n"]) for arm, cell in payload["by"].items()} == {
        "a": (2, 4), "b": (1, 1), "c": (1, 2),
    }  # fmt: skip
    assert payload["left_out"] == {"no_value_at_1y": 3}


def test_contrasts_from_baseline_are_paired_tests_adjusted_together():
    """The exact p are those of R: coin's wilcoxsign_test, zero.method="Wilcoxon", distribution="exact"; p.adjust."""
    payload = run(of("contrasts_from_baseline", instrument="pain"), cohort())
    assert (payload["baseline"], payload["timepoints"], payload["family"]) == ("pre", ["pre", "6w", "1y"], 2)
    first, second = payload["contrasts"]
    for each, later in ((first, W6), (second, Y1)):
        pairs = [(p, v) for p, v in zip(PRE, later, strict=True) if v is not None]
        changed = [v - p for p, v in pairs if v != p]
        assert (each["n_pairs"], each["n_nonzero"]) == (len(pairs), len(changed))
        assert each["p"] == each["p_exact_ties"]
        assert each["smallest_p"] == 2 / 2 ** len(changed)
        theirs = wilcoxon(changed, method="asymptotic", correction=False)
        assert each["p_normal"] == pytest.approx(theirs.pvalue)
        assert each["effect"]["name"] == "hodges_lehmann"
    assert (first["p"], second["p"]) == (0.015625, 0.03125)
    assert (first["p_holm"], second["p_holm"]) == (0.03125, 0.03125)
    assert first["left_out"] == {"no_pair": 1}
    assert payload["n"] == 10


def test_friedman_before_the_contrasts_is_of_the_complete_cases():
    payload = run(of("contrasts_from_baseline", instrument="pain"), cohort())["friedman_complete_cases"]
    complete = [row for row in zip(PRE, W6, Y1, strict=True) if None not in row]
    theirs = friedmanchisquare(*zip(*complete, strict=True))
    assert (payload["chi2"], payload["p"]) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert payload["n"] == len(complete)


def test_five_pairs_cannot_go_below_one_in_sixteen():
    data = columns(scores={("pain", "pre"): ["9", "8", "7", "6", "9"], ("pain", "1y"): ["1", "1", "1", "1", "2"]})
    (only,) = run(of("contrasts_from_baseline", instrument="pain"), data)["contrasts"]
    assert (only["p"], only["smallest_p"]) == (0.0625, 0.0625)


def test_contrasts_may_start_later_and_never_look_back():
    later = run(of("contrasts_from_baseline", instrument="pain", baseline="6w"), cohort())
    assert [each["timepoint"] for each in later["contrasts"]] == ["1y"]
    with pytest.raises(PlanError, match="'pre' stands before the baseline, 6w"):
        run(of("contrasts_from_baseline", instrument="pain", baseline="6w", timepoints=["pre", "1y"]), cohort())


def test_without_anyone_at_the_baseline_the_contrasts_say_so():
    data = columns(scores={("pain", "6w"): ["3", "4"], ("pain", "1y"): ["1", "2"]})
    payload = run(of("contrasts_from_baseline", instrument="pain"), data)
    assert payload["not_estimable"] == "no patient has both values"
    assert payload["baseline"] == "pre"


@pytest.mark.parametrize("thresholds", [{}, {"improvement_ge": 2, "relative_improvement_ge": 0.3}])
def test_responders_need_one_threshold(thresholds):
    keys = {"instrument": "pain", "pre": "pre", "post": "1y", "better": "lower"}
    with pytest.raises(PlanError):
        run(of("responders", **keys, **thresholds), cohort())


def test_normality_is_of_a_score_at_a_timepoint_or_of_a_covariate():
    at = run(of("normality", instrument="pain", timepoint="6w"), cohort())
    assert at["n"] == 9
    assert at["left_out"] == {"no_value_at_6w": 1}
    assert {"test", "W", "p"} <= set(at["shapiro_wilk"])
    assert run(of("normality", var="age"), cohort())["left_out"] == {"no_age": 1}
    for wrong in ({"var": "age", "instrument": "pain", "timepoint": "6w"}, {"instrument": "pain"}, {}):
        with pytest.raises(PlanError):
            run(of("normality", **wrong), cohort())
