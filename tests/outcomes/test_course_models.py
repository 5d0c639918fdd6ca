"""The analyses that need rows, and van Elteren's by site: what their payloads say, and what they refuse."""

import numpy as np
import pytest

from outcomes.analyses.run import run
from outcomes.plans.errors import PlanError
from outcomes.stats.documents import canonical
from tests.outcomes.cohorts import columns

CHANCE = np.random.default_rng(11)
ROWS = 30


def texts(values, *, missing=0.0):
    return [None if CHANCE.random() < missing else str(value) for value in values]


BASE = CHANCE.integers(4, 10, ROWS)
SCORES = {
    ("pain", "pre"): texts(BASE),
    ("pain", "6w"): texts(np.clip(BASE - 2 + CHANCE.integers(-2, 3, ROWS), 0, 10), missing=0.1),
    ("pain", "1y"): texts(np.clip(BASE - 3 + CHANCE.integers(-2, 3, ROWS), 0, 10), missing=0.4),
}
COVARIATES = {
    "arm": texts(CHANCE.choice(["a", "b"], ROWS)),
    "age": texts(CHANCE.integers(40, 80, ROWS), missing=0.1),
    "sex": texts(CHANCE.choice(["F", "M"], ROWS)),
}
SITES = CHANCE.choice(["north", "south", "east"], ROWS).tolist()


def cohort(scores=SCORES, **changed):
    return columns(scores=scores, covariates=COVARIATES | changed, sites=SITES)


def told(kind, of=None, **keys):
    return run({"id": "x", "type": kind, "instrument": "pain", **keys}, of or cohort())


def test_a_mixed_model_takes_every_procedure_with_any_value():
    payload = told("mixed_model")
    assert (payload["poolable"], payload["n"], payload["left_out"]) == (False, ROWS, {})
    assert payload["observations"] == sum(text is not None for column in SCORES.values() for text in column)
    assert payload["formula"] == "score ~ timepoint + (1 | procedure)"
    assert [each["term"] for each in payload["estimates"]] == ["intercept", "6w", "1y"]
    assert [each["timepoint"] for each in payload["contrasts"]] == ["6w", "1y"]
    assert payload["family"] == 2
    assert payload["random_intercept_variance"] > 0 < payload["residual_variance"]
    assert set(payload["ml"]["estimates"]) == {"intercept", "6w", "1y"}


@pytest.mark.parametrize(("kind", "more"), [("mixed_model", {}), ("gee", {}), ("gee", {"ge": 6})])
def test_every_contrast_has_its_limits_its_holm_and_its_effect(kind, more):
    payload = told(kind, by="arm", **more)
    assert [(each["timepoint"], each["level"]) for each in payload["contrasts"]] == [
        (code, level) for level in "ab" for code in ("6w", "1y")
    ]
    for each in payload["contrasts"]:
        assert each["low"] < each["estimate"] < each["high"]
        assert each["p"] <= each["p_holm"] <= 1
        assert each["effect"]["name"] == ("odds_ratio" if more else "mean_difference")
    if more:
        first = payload["contrasts"][0]
        assert first["effect"]["estimate"] == pytest.approx(np.exp(first["estimate"]))


def test_covariates_that_are_missing_leave_a_procedure_out():
    payload = told("mixed_model", covariates=["age"])
    without = sum(text is None for text in COVARIATES["age"])
    assert payload["left_out"] == {"no_age": without}
    assert payload["n"] == ROWS - without > 0
    assert payload["estimates"][-1]["term"] == "age"


def test_a_working_correlation_is_named_and_estimated():
    independent, exchangeable = told("gee", correlation="independence"), told("gee")
    assert (independent["working_correlation"], "correlation" in independent) == ("independence", False)
    assert exchangeable["working_correlation"] == "exchangeable"
    assert 0 < exchangeable["correlation"] < 1
    assert "30 procedures" in exchangeable["warnings"][0]


def test_a_timepoint_without_values_is_listed_and_has_no_part():
    payload = told("mixed_model", cohort(SCORES | {("pain", "1y"): [None] * ROWS}))
    assert payload["contrasts"][-1] == {"timepoint": "1y", "not_estimable": "nobody has a value"}
    assert payload["family"] == 1


@pytest.mark.parametrize("kind", ["mixed_model", "gee", "van_elteren"])
def test_the_same_rows_in_another_order_give_the_same_bytes(kind):
    keys = {"timepoint": "6w", "by": "arm"} if kind == "van_elteren" else {"by": "arm"}
    whole = cohort()
    order = np.random.default_rng(3).permutation(ROWS).tolist()
    shuffled = columns(
        scores={key: [column[i] for i in order] for key, column in SCORES.items()},
        covariates={name: [column[i] for i in order] for name, column in COVARIATES.items()},
        sites=[SITES[i] for i in order],
    )
    assert canonical(told(kind, whole, **keys)) == canonical(told(kind, shuffled, **keys))


@pytest.mark.parametrize("kind", ["mixed_model", "gee"])
def test_what_cannot_be_fitted_says_why_and_keeps_what_is_known(kind):
    payload = told(kind, cohort({("pain", code): ["5"] * ROWS for code in ("pre", "6w", "1y")}))
    assert payload["not_estimable"] == "all values are the same"
    assert (payload["n"], payload["observations"], payload["poolable"]) == (ROWS, 3 * ROWS, False)
    assert "estimates" not in payload


@pytest.mark.parametrize(
    ("kind", "keys", "words"),
    [
        ("mixed_model", {"covariates": ["weight"]}, "covariates = 'weight' is not a known covariate"),
        ("mixed_model", {"covariates": ["sex"]}, "covariates = 'sex' is not numeric"),
        ("gee", {"correlation": "unstructured"}, "is not one of independence, exchangeable"),
        ("gee", {"gt": 3, "lt": 5}, "gee|breaks a rule"),
        ("van_elteren", {"timepoint": "5y", "by": "arm"}, "timepoint = '5y' is not a known timepoint"),
    ],
)
def test_a_wrong_entry_is_refused_in_words(kind, keys, words):
    with pytest.raises(PlanError, match=words):
        told(kind, **keys)


def test_van_elteren_lists_every_site_and_says_how_many_have_a_part():
    payload = told("van_elteren", timepoint="pre", by="arm")
    assert [each["site"] for each in payload["strata"]] == ["east", "north", "south"]
    assert payload["strata_in_test"] == 3
    assert sum(payload["n"].values()) == ROWS
    assert payload["effect"]["name"] == "stratified_cliffs_delta"
    assert payload["effect"]["low"] < payload["effect"]["estimate"] < payload["effect"]["high"]


def test_van_elteren_of_three_groups_is_refused():
    payload = told("van_elteren", cohort(arm=["a", "b", "c"] * 10), timepoint="pre", by="arm")
    assert payload["not_estimable"] == "needs 2 groups, and arm has 3: a, b, c"
