"""What stands beside a published analysis: by type, once, and only where the cohort can answer."""

import pytest

from outcomes.analyses import TYPES
from outcomes.plans.beside import Unasked, beside, unasked, with_beside
from outcomes.plans.check import check_plan
from outcomes.plans.overview import overview


def instrument(**keys):
    about = {"status": "active", "part_of": None, "minimum": "0", "maximum": "10", "step": "1", "mcid": None}
    return about | {"direction": "lower_better"} | keys


def manifest(*, arm="arm", **instruments):
    codes = {"1y": 2, "pre": 0, "6w": 1}
    return {
        "cohort": {"slug": "pdn"},
        "arm": arm,
        "instruments": instruments or {"pain": instrument(mcid="2"), "opioid": instrument(maximum="1")},
        "timepoints": [{"code": code, "order": order} for code, order in codes.items()],
        "covariates": {
            "arm": {"kind": "category", "levels": ["a", "b"]},
            "stage": {"kind": "category", "levels": ["1", "2", "3"]},
            "age": {"kind": "number", "levels": None},
        },
        "flow": {"procedures": 13},
        "missing": {key: {code: {} for code in codes} for key in instruments or ("pain", "opioid")},
    }


def asked(type_, at=None, **keys):
    """What stands beside one entry: {what: keys}, without the keys that every one has."""
    found = beside([{"id": "x", "type": type_, **keys}], at or manifest())
    assert all(entry["beside"] == "x" and entry["id"].startswith("x__") for entry in found)
    return {entry["type"]: {k: v for k, v in entry.items() if k not in ("id", "beside", "type")} for entry in found}


def only_known(expected):
    return {type_: keys for type_, keys in expected.items() if type_ in TYPES}


def test_beside_timepoints_taken_as_independent_stand_pairs_deaths_and_a_model():
    over = {"instrument": "pain", "baseline": "pre", "subset": {"arm": "a"}}
    assert asked("kruskal_dunn", instrument="pain", subset={"arm": "a"}) == only_known(
        {"contrasts_from_baseline": over, "deaths_apart": over | {"better": "lower"}, "mixed_model": over}
    )


def test_beside_a_yes_no_instrument_stands_a_logistic_model():
    over = {"instrument": "opioid", "baseline": "pre"}
    assert asked("kruskal_dunn", instrument="opioid") == only_known(
        {"contrasts_from_baseline": over, "deaths_apart": over | {"better": "lower"}, "gee": over | {"eq": 1}}
    )


def test_named_timepoints_are_kept_in_the_schedules_order():
    found = asked("kruskal_dunn", instrument="pain", timepoints=["1y", "6w"])["contrasts_from_baseline"]
    assert (found["baseline"], found["timepoints"]) == ("6w", ["6w", "1y"])


def test_a_single_timepoint_has_nothing_to_be_paired_with():
    assert asked("kruskal_dunn", instrument="pain", timepoints=["pre"]) == {}


def test_beside_a_paired_change_stand_responders_by_the_instruments_own_threshold():
    change = {"instrument": "pain", "pre": "pre", "post": "1y"}
    assert asked("wilcoxon_paired", **change) == {
        "responders": change | {"better": "lower", "improvement_ge": 2},
        "deaths_apart": {"instrument": "pain", "better": "lower", "baseline": "pre", "timepoints": ["pre", "1y"]},
    }
    half = manifest(pain=instrument(mcid="1.50"))
    assert asked("wilcoxon_paired", at=half, **change)["responders"]["improvement_ge"] == 1.5


def test_without_a_threshold_a_long_scale_from_zero_is_asked_for_30_percent_and_a_short_one_is_not():
    change = {"instrument": "pain", "pre": "pre", "post": "1y"}
    odi = manifest(pain=instrument(maximum="100"))
    assert asked("wilcoxon_paired", at=odi, **change)["responders"]["relative_improvement_ge"] == 0.3
    grades = manifest(pain=instrument(maximum="5"))
    assert "responders" not in asked("wilcoxon_paired", at=grades, **change)
    assert unasked({"id": "x", "type": "wilcoxon_paired", **change}, grades) == [
        Unasked(what="responders", why="the instrument has no smallest difference that matters (MCID)")
    ]


@pytest.mark.parametrize("direction", ["nominal", "", None])
def test_where_nobody_has_said_which_way_is_better_nothing_is_asked_that_needs_it(direction):
    undirected, change = manifest(pain=instrument(direction=direction)), {"pre": "pre", "post": "1y"}
    assert asked("wilcoxon_paired", at=undirected, instrument="pain", **change) == {}
    why = unasked({"id": "x", "type": "wilcoxon_paired", "instrument": "pain", **change}, undirected)
    assert [each.what for each in why] == ["responders", "deaths_apart"]


def test_beside_a_yes_no_change_stands_mcnemar():
    change = {"instrument": "opioid", "pre": "pre", "post": "1y"}
    assert asked("wilcoxon_paired", **change)["mcnemar"] == change | {"eq": 1}


def test_a_change_backwards_in_time_is_not_asked_about():
    assert asked("wilcoxon_paired", instrument="pain", pre="1y", post="pre") == {}


def test_beside_two_groups_at_a_follow_up_stands_the_difference_given_the_baseline():
    at = {"instrument": "pain", "timepoint": "1y", "by": "arm"}
    change = {"instrument": "pain", "pre": "pre", "post": "1y"}
    assert asked("mannwhitney", **at) == {"ancova": change | {"group": "arm", "group_level": "a", "covariates": []}}
    assert asked("mannwhitney", **at | {"timepoint": "pre"}) == {}
    grades = manifest(pain=instrument(maximum="5"))
    assert asked("mannwhitney", at=grades, **at) == {"mannwhitney_change": change | {"by": "arm"}}
    yes = {"instrument": "opioid", "timepoint": "1y", "eq": 1}
    assert asked("mannwhitney", **at | {"instrument": "opioid"}) == {"proportion": {"col": yes, "by": "arm"}}


def test_three_groups_have_no_single_adjusted_difference():
    entry = {"instrument": "pain", "timepoint": "1y", "by": "stage"}
    assert asked("mannwhitney", **entry) == {}
    assert unasked({"id": "x", "type": "mannwhitney", **entry}, manifest())[0].why == "stage does not have two groups"


def test_beside_cross_tables_stand_shares_with_exact_intervals():
    col = {"instrument": "pain", "timepoint": "1y", "gt": 3}
    assert asked("crosstab", row="arm", col=col) == {"proportion": {"col": col, "by": "arm"}}
    assert asked("crosstab_patient", row="arm", col="stage") == {"share_patient_var": {"var": "stage", "by": "arm"}}
    assert asked("crosstab_patient", row="stage", col="arm") == {"share_patient_var": {"var": "stage", "by": "arm"}}


@pytest.mark.parametrize("type_", ["ancova", "km", "describe_by_timepoint", "mannwhitney_patient_var"])
def test_what_carries_its_own_checks_or_tests_nothing_has_nothing_beside_it(type_):
    keys = {"instrument": "pain", "pre": "pre", "post": "1y", "group": "arm", "group_level": "a"}
    assert asked(type_, **keys) == {}


def test_what_the_plan_asks_itself_or_has_been_asked_for_is_not_asked_again():
    shares = {"id": "own", "type": "share_patient_var", "var": "arm", "by": "stage"}
    crossed = {"id": "x", "type": "crosstab_patient", "row": "stage", "col": "arm"}
    assert beside([shares, crossed], manifest()) == []
    twice = [{"id": name, "type": "kruskal_dunn", "instrument": "pain"} for name in ("one", "two")]
    assert {entry["beside"] for entry in beside(twice, manifest())} == {"one"}


def test_nothing_stands_beside_what_stands_beside():
    plan = {"name": "p", "beside": True, "analyses": [{"id": "x", "type": "kruskal_dunn", "instrument": "pain"}]}
    once = with_beside(plan, manifest())
    assert with_beside(once, manifest()) == once
    assert len(once["analyses"]) > 2


def test_an_overview_with_all_beside_it_is_a_plan_and_without_the_switch_it_is_itself():
    made = overview(manifest())
    off = made | {"beside": False}
    assert with_beside(off, manifest()) == off
    checked = check_plan(with_beside(made, manifest()))
    assert len(checked.entries) > len(made["analyses"])


def test_an_instrument_that_the_cohort_does_not_have_is_left_to_the_plans_own_refusal():
    assert asked("kruskal_dunn", instrument="vas") == {}
