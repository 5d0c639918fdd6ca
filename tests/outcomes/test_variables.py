"""The dictionary of the record's variables: from the chart's own forms, each name once, labelled."""

import json
from pathlib import Path

from outcomes.plans.fit import named
from outcomes.variables import catalogue
from outcomes.variables.answers import OF_A_FRACTURE, OF_FORMS
from outcomes.variables.catalogue import OWN, SUBJECTS
from outcomes.variables.papers import OF_PLANS, PAPERS
from registry.chart import FORMS

PLANS = Path(__file__).resolve().parents[2] / "outcomes" / "plans" / "published"
# What the papers tell and no form of the chart asks.
NOT_ON_THE_CHART = {"gupta2014": {"prior_augmentation"}}


def test_no_two_variables_have_one_name():
    answers = [answer.variable for form in OF_FORMS.values() for answer in form]
    derived = [each for subject in SUBJECTS for each in subject.VARIABLES]
    names = [each.name for each in (*OWN, *answers, *derived)]

    assert sorted(names) == sorted(set(names))
    assert len({answer.variable.name for answer in OF_A_FRACTURE}) == len(OF_A_FRACTURE)


def test_every_variable_says_what_it_is():
    for variable in catalogue().values():
        assert variable.label and variable.group
        assert (variable.kind, variable.where) in [(k, w) for k in ("number", "category") for w in ("chart", "derived")]
        assert variable.labels or variable.kind == "number"
        assert "|" not in variable.name and "@" not in variable.name


def test_an_answer_is_a_column_of_its_form_under_the_forms_own_label_and_codes():
    asa, smoking = catalogue()["asa_class"], catalogue()["smoking"]

    assert (asa.label, asa.kind, asa.where) == ("ASA class", "number", "chart")
    assert smoking.labels == dict(FORMS["comorbidity"].model.Smoking.choices)
    assert (catalogue()["operative_minutes"].label, catalogue()["operative_minutes"].unit) == ("Operative time", "min")


def test_the_published_plans_find_every_covariate_that_the_chart_can_hold():
    for plan, preset in OF_PLANS.items():
        document = json.loads((PLANS / f"{plan}.json").read_text("utf-8"))
        wanted = {name for entry in document["analyses"] for what, name in named(entry) if what == "covariate"}

        assert wanted - set(catalogue(preset)) == NOT_ON_THE_CHART.get(plan, set())


def test_the_levels_that_a_published_table_prints_are_those_of_its_preset():
    """E.g. Clunk's row "Lung" is a level of the grouped primary cancer, though the chart codes three kinds of it."""
    for plan, preset in OF_PLANS.items():
        document = json.loads((PLANS / f"{plan}.json").read_text("utf-8"))
        entries = {entry["id"]: entry for entry in document["analyses"]}
        for row in (row for table in document["tables"] for row in table["rows"]):
            variable = catalogue(preset).get(entries[row["analysis"]].get("var", ""))
            level = row.get("path", "").partition("levels.")[2]
            if variable and level and variable.kind == "category":
                assert level in variable.labels, (plan, row)


def test_without_a_preset_nothing_is_grouped():
    assert "lung" not in catalogue()["primary_cancer"].labels
    assert set(PAPERS) == set(OF_PLANS.values())
