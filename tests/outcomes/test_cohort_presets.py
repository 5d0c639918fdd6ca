"""The papers' eligibility as the beginning of a rule: every criterion of the screening log is answered for."""

import json

import pytest

from outcomes.cohort_presets import HERE, NAMES, preset, presets
from outcomes.criteria import parse
from outcomes.variables import labelled
from registry.screening import DEFINITIONS


def raw(name: str) -> dict:
    return json.loads((HERE / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_every_criterion_of_the_paper_is_asked_or_says_why_not(name):
    told = raw(name)
    stated = {each["code"] for each in DEFINITIONS[told["schedule"]]["criteria"]}
    assert set(told["criteria"]) == stated
    assert all(("judged" in each) != bool({"include", "exclude"} & set(each)) for each in told["criteria"].values())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_asked_is_a_rule_over_variables_and_levels_of_the_record(name):
    rule = parse(preset(name).rule)
    variables = labelled(name)
    assert [each for each in rule.variables if each not in variables] == []
    for each in rule.criteria:
        variable = variables[each.variable]
        if variable.kind == "category":
            assert set(each.values) <= set(variable.labels), each
    assert rule.preset == name


def test_the_papers_years_and_ages_are_those_that_they_state():
    """Clunk: photodynamic nails 2020 to 2023, adults. Cox: 2012 to 2022. Gupta: January 2004 to September 2013."""
    years = {each.name: each.rule.get("performed") for each in presets()}
    assert years == {
        "clunk": {"from": "2020-01-01", "to": "2023-12-31"},
        "cox": {"from": "2012-01-01", "to": "2022-12-31"},
        "gupta": {"from": "2004-01-01", "to": "2013-09-30"},
        "singh": None,
    }
    ages = {each.name: [c["value"] for c in each.rule["include"] if c["variable"] == "age"] for each in presets()}
    assert ages == {"clunk": [18], "cox": [], "gupta": [], "singh": [18]}


def test_a_name_that_is_no_preset_is_none():
    with pytest.raises(KeyError):
        preset("../clunk")
