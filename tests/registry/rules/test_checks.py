"""A change is asked about before it is made: what it breaks, what it makes others break, and what was so before."""

from copy import copy
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.actions.checks import Change, keep_overrides, refuse_findings
from registry.actions.people import system_user
from registry.actions.visits import record_visits
from registry.errors import Refused
from registry.models import Comorbidity, Fracture, Query, VitalStatus
from tests.builders import build_cohort_rows, build_patient, build_procedure, build_study, build_visit, new_visit
from tests.registry.record import set_columns


@pytest.fixture
def procedure(north):
    study = build_study(site=north, instruments=("pain", "fms", "ecog"))
    return build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2022, 3, 1))


@pytest.fixture
def visit(procedure):
    return build_visit(procedure=procedure, visited_on=date(2022, 4, 12), scores={"fms": 3, "ecog": 2})


def problems_of(*changes: Change, **how) -> list[tuple]:
    with pytest.raises(Refused) as refused:
        refuse_findings(changes, **how)
    return [(each.rule, each.where, each.field, each.warning) for each in refused.value.problems]


def died(patient, on: date) -> VitalStatus:
    return VitalStatus(site=patient.site, patient=patient, status="deceased", died_on=on, died_precision="day")


def test_a_death_is_held_against_every_visit_of_the_record(visit):
    patient = visit.procedure.patient
    assert refuse_findings([Change("vital_status", died(patient, date(2022, 4, 12)))], overrides={}) == []
    early = Change("vital_status", died(patient, date(2022, 4, 11)))
    assert problems_of(early, overrides={}) == [("D4", "Visit", "", False)]


def test_what_another_form_may_yet_bring_stops_nobody(procedure):
    patient = procedure.patient
    fracture = Fracture(site=patient.site, patient=patient, etiology="metastatic")
    assert refuse_findings([Change("fracture", fracture)], overrides={}) == []


def test_a_field_is_named_in_its_own_form_only(procedure):
    row = Comorbidity(site=procedure.site, procedure=procedure, diabetes=True, diabetes_organ_damage=True)
    assert problems_of(Change("comorbidity", row)) == [("C1", "Comorbidity and ASA", "diabetes", False)]


def test_a_warning_asks_for_a_reason_and_keeps_it_as_a_waived_query(procedure):
    odd = new_visit(procedure, "w6", day=42, scores={"fms": 3, "ecog": 0})
    for overrides in ({}, {"F4": " "}, {"F3": "another rule"}, {"F4": "x" * 301}):
        with pytest.raises(Refused) as refused:
            record_visits([odd], by=system_user(), overrides=overrides)
        assert [(each.rule, each.field, each.warning) for each in refused.value.problems] == [("F4", "ecog", True)]
    (row,) = record_visits([odd], by=system_user(), overrides={"F4": "works at a desk"})
    query = Query.objects.get()
    assert (query.rule, query.status, query.row_id, query.waived_reason) == ("F4", "waived", row.pk, "works at a desk")


def test_many_at_once_are_not_stopped_by_warnings(procedure):
    odd = new_visit(procedure, "w6", day=42, scores={"fms": 3, "ecog": 0})
    assert record_visits([odd], by=system_user())
    assert not Query.objects.exists()


def test_a_warning_that_stood_before_is_not_asked_about_again(visit):
    set_columns(visit.scores.get(instrument__key="ecog"), "value = 0")
    scores = {score.instrument: score.value for score in visit.scores.select_related("instrument")}
    same = copy(visit)
    same.window_reason = "came late"
    assert refuse_findings([Change("visit", same, scores)], overrides={}) == []
    other = {instrument: Decimal(4) if instrument.key == "fms" else value for instrument, value in scores.items()}
    assert problems_of(Change("visit", same, other), overrides={}) == [("F4", "Visit", "ecog", True)]


def test_a_row_that_is_marked_as_an_error_is_looked_at_as_gone(visit):
    patient = visit.procedure.patient
    vital = died(patient, date(2022, 6, 1))
    vital.save()
    gone = copy(vital)
    gone.error_marked_at = "now"
    late = copy(visit)
    late.visited_on = date(2022, 7, 1)
    assert [rule for rule, *_ in problems_of(Change("visit", late))] == ["D4"]
    refuse_findings([Change("vital_status", gone), Change("visit", late)])


def test_without_reasons_there_is_nothing_to_keep(visit):
    keep_overrides([], None, by=system_user())
    assert not Query.objects.exists()


def test_a_check_takes_as_many_queries_for_a_hundred_visits_as_for_ten(north):
    procedures = build_cohort_rows(build_study(site=north), north, 100, timepoints=())
    counts = []
    for some in (procedures[:10], procedures):
        visits = [scored_row(procedure) for procedure in some]
        with CaptureQueriesContext(connection) as queries:
            refuse_findings(visits)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30


def scored_row(procedure) -> Change:
    visit = new_visit(procedure, "w6", day=42)
    return Change("visit", procedure.visits.model(procedure=procedure, timepoint=visit.timepoint, day=42), {})
