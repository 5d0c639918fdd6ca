"""One row a patient, a procedure or a fracture: what stands in each, and what is told once."""

from datetime import date

import pytest

from outcomes import freeze
from registry.actions.patients import covariate_value, record_covariates
from registry.actions.people import system_user
from registry.actions.standing import mark_as_error
from registry.actions.studies import add_covariate
from tests.builders import build_procedure, build_study, build_visit
from tests.outcomes.charted import (
    adds_up,
    days_after,
    fill,
    frozen,
    numbers,
    one,
    operated,
    preview,
    rule,
    said,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(north):
    return build_study(slug="rules", site=north, instruments=("pain", "opioid"))


def two_procedures(study):
    first = operated(study, "A")
    second = build_procedure(patient=first.patient, performed_on=date(2022, 5, 1), is_index=False)
    earlier = build_procedure(patient=first.patient, performed_on=date(2020, 5, 1), is_index=False)
    other = operated(study, "B")
    for procedure, pain in ((first, 7), (second, 5), (earlier, 9), (other, 2)):
        build_visit(procedure=procedure, timepoint="preop", scores={"pain": pain})
    return first, second, earlier, other


def test_all_procedures_of_each_patient_each_with_its_own_scores_in_order_of_date(study):
    _, second, _, _ = two_procedures(study)

    made = frozen(study, {"procedures": "all"})
    pain = freeze.columns_of(made).score("pain", "preop")

    assert numbers(made) == ["A", "A", "A", "B"]
    assert made.procedures["|number"].to_pylist() == [1, 2, 3, 1]
    assert (pain.values // 10).tolist() == [9, 7, 5, 2]
    assert said(made, "age") == ["70", "71", "72", "71"]
    flow = made.manifest["flow"]
    assert (made.manifest["unit"], flow["patients"], flow["procedures"]) == ("procedure", 2, 4)
    assert numbers(frozen(study)) == ["A", "B"]
    mark_as_error(second, version=second.version, reason="twice", by=system_user())
    assert numbers(frozen(study, {"procedures": "all"})) == ["A", "A", "B"]


def test_criteria_of_procedures_count_procedures(study):
    two_procedures(study)

    made = frozen(study, {"procedures": "all", "include": [one("pain@preop", "ge", 6)]})
    flow = made.manifest["flow"]

    assert made.procedures["|number"].to_pylist() == [1, 2]
    assert (flow["considered"], flow["patients"], flow["procedures"]) == (4, 1, 2)
    assert [(each["n"], each["of"]) for each in flow["left_out"]] == [(2, "procedures")]
    assert adds_up(flow)


def test_what_a_study_types_is_of_the_index_procedure(study):
    first, *_ = two_procedures(study)
    by = system_user()
    typed = add_covariate(study=study, name="blood", label="Blood", kind="integer", by=by)
    record_covariates([covariate_value(patient=first.patient, covariate=typed, value=3)], by=by)

    assert said(frozen(study, {"procedures": "all"}), "blood") == [None, "3", None, None]


def fractured(study):
    first, second, third = (operated(study, number) for number in "ABC")
    for side, etiology in (("left", "osteoporotic"), ("right", "minor_trauma")):
        fill("fracture", first.patient, etiology=etiology, status="insufficiency", side=side)
    fill("fracture", third.patient, etiology="osteoporotic", status="traumatic", side="left")
    for procedure, pain in ((first, 7), (second, 5), (third, 2)):
        build_visit(procedure=procedure, timepoint="preop", scores={"pain": pain})
    alive = {"status": "alive", "last_known_alive_on": days_after(first, 50), "lost_to_follow_up": "no"}
    fill("vital_status", first.patient, **alive)
    return first, second, third


def test_one_row_a_fracture_and_what_is_told_once_of_a_procedure_stands_once(study):
    fractured(study)

    made = frozen(study, rule(unit="fracture"))
    columns = freeze.columns_of(made)

    assert (numbers(made), made.procedures["|number"].to_pylist()) == (["A", "A", "C"], [1, 2, 1])
    assert said(made, "fracture_side") == ["left", "right", "left"]
    assert said(made, "etiology") == ["osteoporotic", "minor_trauma", "osteoporotic"]
    assert said(made, "age") == ["71", "71", "71"]
    assert columns.score("pain", "preop").present.tolist() == [True, False, True]
    assert columns.survival["survival"][0].present.tolist() == [True, False, False]
    flow = made.manifest["flow"]
    assert (flow["patients"], flow["procedures"], flow["fractures"]) == (2, 2, 3)
    assert flow["left_out"] == [{"reason": "no fracture recorded", "n": 1}]


def test_a_procedures_scores_go_to_its_first_fracture_that_is_in(study):
    fractured(study)

    made = frozen(study, rule(unit="fracture", exclude=[one("fracture_side", "is", "left")]))
    flow = made.manifest["flow"]

    assert (numbers(made), made.procedures["|number"].to_pylist()) == (["A"], [2])
    assert freeze.columns_of(made).score("pain", "preop").values.tolist() == [70]
    assert flow["left_out"][-1] == {"reason": "Side of the fracture is Left", "n": 2, "of": "fractures"}
    assert adds_up(flow)
    assert preview(study, rule(unit="fracture", exclude=[one("fracture_side", "is", "left")])) == flow
