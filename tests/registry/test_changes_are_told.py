"""The database writes down every change itself, whatever route it came by, and what hangs on a change above it."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from registry.actions import standing
from registry.models import Change, Covariate, Epoch, Event, FollowUpVisit, Patient, Procedure, RadiationCourse, Score
from registry.models.told import TABLES
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.record import refusal, run_sql


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north)


@pytest.fixture
def procedure(study, north):
    return build_procedure(patient=build_patient(study=study, site=north, study_number="N-1"))


@pytest.fixture
def visit(procedure):
    return build_visit(procedure=procedure, timepoint="w6", day=40, scores={"pain": 3, "opioid": 1})


@pytest.fixture
def chart(procedure, visit):
    """All rows of one patient, by resource."""
    event = Event.objects.create(site=procedure.site, procedure=procedure, kind="complication")
    course = RadiationCourse.objects.create(site=procedure.site, patient=procedure.patient)
    rows = {"patient": [procedure.patient], "procedure": [procedure], "visit": [visit], "event": [event],
            "score": list(visit.scores.all()), "treatment": [course]}  # fmt: skip
    return {(resource, row.pk) for resource, of in rows.items() for row in of}


@pytest.fixture
def since():
    """What was told since the last look."""
    seen = 0

    def look() -> list[tuple]:
        nonlocal seen
        new = list(Change.objects.filter(seq__gt=seen).order_by("seq"))
        seen = max([seen, *(each.seq for each in new)])
        return [(each.resource, each.row_id) for each in new]

    return look


def test_each_new_row_is_told_with_its_patient_and_site(chart, procedure):
    told = Change.objects.values_list("resource", "row_id", "patient_id", "site_id")
    assert set(told) == {(*each, procedure.patient_id, procedure.site_id) for each in chart}


@pytest.mark.parametrize(
    ("model", "resource"),
    [(Patient, "patient"), (Procedure, "procedure"), (FollowUpVisit, "visit"), (Score, "score"), (Event, "event"),
     (RadiationCourse, "treatment")],
)  # fmt: skip
def test_a_change_by_raw_sql_is_told(chart, since, model, resource):
    since()
    ids = sorted(model.objects.values_list("pk", flat=True))
    run_sql(f"UPDATE {model._meta.db_table} SET version = version + 1")
    assert sorted(since()) == [(resource, pk) for pk in ids]


def test_an_attribute_is_told_as_its_patient(chart, procedure, since):
    covariate = Covariate.objects.create(study=procedure.patient.study, name="age", label="Age", kind="integer")
    since()
    value = covariate.values.create(site=procedure.site, patient=procedure.patient, number=71)
    value.number = 72
    value.save()
    assert since() == [("patient", procedure.patient_id)] * 2


@pytest.mark.parametrize("back", [standing.reinstate_patient, standing.restore])
def test_who_leaves_and_comes_back_is_told_with_everything_below(chart, procedure, since, system, back):
    since()
    patient = procedure.patient
    if back is standing.restore:
        patient = standing.mark_as_error(patient, version=1, reason="twice", by=system)
    else:
        patient = standing.withdraw_patient(patient=patient, on=date(2025, 1, 1), reason="asked to", by=system)
    assert set(since()) == chart
    arguments = {"version": patient.version, "reason": "a mistake", "by": system}
    standing.restore(patient, **arguments) if back is standing.restore else back(patient=patient, **arguments)
    assert set(since()) == chart


def test_a_procedure_in_error_is_told_with_everything_that_counts_from_it(chart, procedure, since, system):
    since()
    standing.mark_as_error(procedure, version=1, reason="of another", by=system)
    assert set(since()) == chart


def test_a_day_zero_that_moves_is_told_with_everything_that_counts_from_it(chart, since):
    since()
    run_sql("UPDATE registry_procedure SET performed_on = '2024-02-01'")
    assert set(since()) == chart


def test_a_visit_of_another_day_is_told_with_its_scores(chart, visit, since):
    since()
    run_sql("UPDATE registry_followupvisit SET day = 41")
    assert set(since()) == {each for each in chart if each[0] in ("visit", "score")}


def test_the_patients_of_others_are_not_told(chart, study, north, since, system):
    other = build_visit(procedure=build_procedure(patient=build_patient(study=study, site=north)), timepoint="w6")
    since()
    run_sql("UPDATE registry_procedure SET performed_on = '2024-02-01' WHERE id = %s", [other.procedure_id])
    assert {row for _, row in since()} == {other.pk, other.procedure_id, other.procedure.patient_id}


def test_what_was_taken_back_is_not_told(visit, since):
    since()
    try:
        with transaction.atomic():
            run_sql("UPDATE registry_score SET version = version + 1")
            raise InterruptedError
    except InterruptedError:
        assert since() == []


def test_a_switched_off_trigger_is_found_by_these_tests(chart, since):
    since()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'registry_score'::regclass"
                       " AND tgname ~ '^pgtrigger_change_is_told_[0-9a-f]+$'")  # fmt: skip
        ((name,),) = cursor.fetchall()
        cursor.execute(f"ALTER TABLE registry_score DISABLE TRIGGER {name}")
    run_sql("UPDATE registry_score SET version = version + 1")
    assert since() == []


@pytest.mark.parametrize("statement", ["UPDATE registry_change SET xid = 1", "DELETE FROM registry_change"])
def test_what_was_told_stays(chart, statement):
    with pytest.raises(DatabaseError) as refused:
        run_sql(statement)
    assert refusal(refused.value).startswith("pgtrigger: Cannot ")


def test_every_table_of_a_resource_tells():
    told = {model._meta.db_table for model in (Patient, Procedure, FollowUpVisit, Score, Event)}
    assert told <= {table for of in TABLES.values() for table, _ in of} | {"registry_patient"}
    assert {*TABLES, "patient"} == set(Change.Resource.values)


def test_a_database_begins_its_first_epoch(db):
    epoch = Epoch.objects.first()
    assert epoch is None or epoch.number == 1
