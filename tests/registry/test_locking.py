"""A locked record is not changed by any route; unlocking takes a reason and is kept."""

import threading
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from registry.actions import corrections, enrolment, locking, patients, visits
from registry.actions.chart import mark_form_unavailable, save_form
from registry.chart import FORMS
from registry.errors import Refused, StaleSave
from registry.locks import locked_problem, locks_in_words
from registry.models import Patient, Procedure, Score
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.every_route import (
    DATABASE,
    EVERY_ROUTE,
    by_an_import,
    by_queryset,
    by_the_action,
    by_the_api,
    by_the_form,
    switch_off,
)
from tests.registry.record import full_record, refusal, set_columns

WORDS = "This record is locked since "
# Every table that holds a patient's values, as full_record() makes a row of each.
TABLES = ("registry_patient", "registry_procedure", "registry_followupvisit", "registry_score", "registry_event",
          "registry_covariatevalue", "registry_timetoevent")  # fmt: skip


@pytest.fixture
def visit(north):
    study = build_study(slug="hips", site=north, instruments=("pain", "opioid"))
    procedure = build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))
    return build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3})


def lock(row, by) -> None:
    if isinstance(row, Patient):
        locking.lock_patient(patient=row, version=row.version, by=by)
    else:
        locking.lock_study(study=row, by=by)


def pain_of(visit) -> float:
    return float(Score.objects.get(visit=visit, instrument__key="pain").value)


@pytest.mark.parametrize("what", ["patient", "study"])
@pytest.mark.parametrize("change", DATABASE)
def test_the_database_refuses_to_change_a_locked_record(visit, admin, nurse, change, what):
    patient = visit.procedure.patient
    lock(patient if what == "patient" else patient.study, admin)
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        change(visit, 9, nurse)
    assert refusal(refused.value) == "record_is_locked"
    assert pain_of(visit) == 3


@pytest.mark.parametrize("what", ["patient", "study"])
def test_form_action_api_and_import_refuse_in_the_same_words(visit, admin, nurse, what):
    patient = visit.procedure.patient
    lock(patient if what == "patient" else patient.study, admin)
    visit.procedure.patient.refresh_from_db()
    answer = by_the_form(visit, 9, nurse)
    assert answer.status_code == 400
    assert WORDS in answer.content.decode()
    assert "[V13]" in answer.content.decode()
    with pytest.raises(Refused, match=f"{WORDS}.*Ask a site admin to unlock it") as refused:
        by_the_action(visit, 9, nurse)
    assert {problem.rule for problem in refused.value.problems} == {"V13"}
    answer = by_the_api(visit, 9, nurse)
    assert answer.status_code == 400
    (problem,) = answer.json()["problems"]
    assert problem["rule"] == "V13"
    assert problem["message"] == refused.value.problems[0].message
    with pytest.raises(Refused):  # its preview says which row and why: the tests of staged imports
        by_an_import(visit, 9, nurse)
    assert pain_of(visit) == 3


@pytest.mark.parametrize("change", EVERY_ROUTE)
def test_after_unlocking_every_route_is_open_again(visit, admin, nurse, change):
    patient = visit.procedure.patient
    lock(patient, admin)
    locking.unlock_patient(patient=patient, version=patient.version, reason="a late letter", by=admin)
    visit.procedure.patient.refresh_from_db()
    change(visit, 9, nurse)
    assert pain_of(visit) == 9


@pytest.mark.parametrize("change", DATABASE)
def test_without_its_trigger_the_lock_does_not_hold(visit, admin, nurse, change):
    lock(visit.procedure.patient, admin)
    switch_off("record_is_locked", "record_is_locked_on_insert")
    change(visit, 9, nurse)
    assert pain_of(visit) == 9


@pytest.mark.parametrize("table", TABLES)
def test_no_table_of_a_locked_patient_is_changed_by_raw_sql(db, table):
    record = full_record()
    set_columns(record["registry_patient"], "locked_at = now()")
    change = "sex = 'F'" if table == "registry_patient" else "version = version + 1"
    with pytest.raises(DatabaseError) as refused:
        set_columns(record[table], change)
    assert refusal(refused.value) == "record_is_locked"


def test_every_table_of_a_patients_values_has_the_trigger_for_inserts_and_updates(db):
    tables = {model._meta.db_table for model in (Patient, Procedure, Score, *(form.model for form in FORMS.values()))}
    with connection.cursor() as cursor:
        for name in ("record_is_locked", "record_is_locked_on_insert"):
            cursor.execute(
                "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgenabled = 'O' AND tgname ~ %s",
                [f"^pgtrigger_{name}_[^_]*$"],
            )
            assert {table for (table,) in cursor.fetchall()} >= tables | set(TABLES)


def test_nothing_is_added_to_a_locked_patient_and_nobody_enters_a_locked_study(visit, admin, nurse):
    patient = visit.procedure.patient
    lock(patient, admin)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Procedure.objects.create(site=patient.site, patient=patient, is_index=False)
    assert refusal(refused.value) == "record_is_locked"
    patient.refresh_from_db()
    with pytest.raises(Refused, match=WORDS):
        save_form(form=FORMS["bone_health"], parent=patient, row=None, values={"osteoporosis": "yes"}, by=nurse)
    lock(patient.study, admin)
    with pytest.raises(Refused, match=WORDS), transaction.atomic():
        patients.enrol_patient(site=patient.site, study=patient.study, study_number="LATE-1", by=nurse)


def test_a_lock_in_between_is_said_in_words_too(visit, admin):
    lock(visit.procedure.patient, admin)
    since = Patient.objects.get(pk=visit.procedure.patient_id).locked_at
    with pytest.raises(Refused) as refused, locks_in_words(), transaction.atomic():
        by_queryset(visit, 9, admin)
    (problem,) = refused.value.problems
    visit.procedure.patient.refresh_from_db()
    assert str(problem) == str(locked_problem(visit.procedure.patient))
    assert f"{since:%Y-%m-%d %H:%M} UTC" in str(problem)


def marks_rows(procedure, by):
    corrections.mark_rows_as_error(procedure.visits.all(), reason="wrong", by=by)


def marks_the_visit(procedure, by):
    row = procedure.visits.get()
    visits.mark_visit_as_error(row, version=row.version, reason="wrong", by=by)


def marks_a_form(procedure, by):
    reason = {"reason_code": "not_recorded", "comment": "", "version": None}
    mark_form_unavailable(form=FORMS["operation"], parent=procedure, row=None, by=by, **reason)


def adds_a_procedure(procedure, by):
    when = date(2024, 3, 9), "day"
    enrolment.add_procedure(patient=procedure.patient, kind="pdn", performed=when, by=by)


def becomes_the_index(procedure, by):
    enrolment.make_index(procedure, version=procedure.version, reason="the first one", by=by)


def enrols(procedure, by):
    patient, when = procedure.patient, (date(2024, 3, 9), "day")
    enrolment.enrol_with_procedure(
        site=patient.site, study=patient.study, study_number="LATE-2", sex="F", born=(date(1950, 1, 1), "year"),
        kind="pdn", performed=when, not_the_same="another person", by=by,
    )  # fmt: skip


@pytest.mark.parametrize(
    "write", [marks_rows, marks_the_visit, marks_a_form, adds_a_procedure, becomes_the_index, enrols]
)
def test_an_action_that_read_the_record_before_it_was_locked_is_refused_in_words(visit, admin, write):
    read_before = Procedure.objects.select_related("patient__study", "patient__site").get(pk=visit.procedure_id)
    lock(visit.procedure.patient.study, admin)
    with pytest.raises(Refused, match=WORDS) as refused:
        write(read_before, admin)
    assert [problem.rule for problem in refused.value.problems] == ["V13"]


def test_of_a_locked_patient_the_lock_alone_is_changed(visit, admin):
    patient = visit.procedure.patient
    lock(patient, admin)
    for change in ("locked_at = NULL, sex = 'F'", "sex = 'F'", "withdrawn_on = '2025-01-01', withdrawn_reason = 'x'"):
        with pytest.raises(DatabaseError) as refused:
            set_columns(patient, change)
        assert refusal(refused.value) == "record_is_locked"
    set_columns(patient, "locked_at = NULL, locked_by_id = NULL")


def test_unlocking_takes_a_reason_and_both_are_in_the_history(visit, admin):
    patient = visit.procedure.patient
    lock(patient, admin)
    with pytest.raises(Refused, match="Say why"):
        locking.unlock_patient(patient=patient, version=patient.version, reason=" ", by=admin)
    locking.unlock_patient(patient=patient, version=patient.version, reason="a late letter", by=admin)
    last = patient.history.order_by("pgh_id").last()
    assert (last.locked_at, last.pgh_context.metadata["actor"]) == (None, str(admin.pk))
    assert last.pgh_context.metadata["reason"] == "a late letter"


def test_locking_twice_is_told(visit, admin):
    patient = visit.procedure.patient
    lock(patient, admin)
    with pytest.raises(StaleSave):
        lock(patient, admin)


def test_the_page_locks_and_unlocks_for_a_site_admin_alone(visit, admin, nurse, surgeon, client):
    patient = visit.procedure.patient
    address = reverse("patient-lock", args=[patient.pk])
    for who in (nurse, surgeon):
        client.force_login(who)
        assert client.get(address).status_code == client.post(address, {"do": "lock"}).status_code == 403
    client.force_login(admin)
    assert client.get(address).status_code == 200
    assert client.post(address, {"do": "lock", "version": patient.version}).status_code == 302
    patient.refresh_from_db()
    assert patient.locked_by == admin
    refused = client.post(address, {"do": "unlock", "version": patient.version})
    assert refused.status_code == 400
    assert "Say why it is unlocked" in refused.content.decode()
    assert client.post(address, {"do": "unlock", "version": 1, "reason": "late"}).status_code == 409
    sent = {"do": "unlock", "version": patient.version, "reason": "a late letter"}
    assert client.post(address, sent).status_code == 302
    assert "a late letter" in client.get(address).content.decode()


def test_a_study_is_locked_by_who_may_lock_at_every_site_of_it(visit, admin, south, client, system):
    study = visit.procedure.patient.study
    client.force_login(admin)
    address = reverse("study-lock", args=[study.slug])
    assert client.post(address, {"do": "lock"}).status_code == 302
    assert client.post(address, {"do": "unlock", "reason": "late"}).status_code == 302
    build_patient(study=study, site=south)
    assert client.get(address).status_code == client.post(address, {"do": "lock"}).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_what_is_being_written_is_written_before_the_lock_or_the_lock_is_refused(admin, north, guarded):
    procedure = build_procedure(patient=build_patient(study=build_study(site=north), site=north))
    visit = build_visit(procedure=procedure, scores={"pain": 3})
    patient, said = visit.procedure.patient, []
    with transaction.atomic():
        by_queryset(visit, 9, admin)

        def try_to_lock():
            try:
                if guarded:
                    lock(patient, admin)
                else:
                    Patient.objects.filter(pk=patient.pk).update(locked_at=timezone.now())
                said.append("locked")
            except Refused as error:
                said.append(error.problems[0].rule)
            finally:
                connection.close()

        thread = threading.Thread(target=try_to_lock)
        thread.start()
        thread.join(timeout=20)
    assert said == (["V13"] if guarded else ["locked"])
    Patient.objects.filter(pk=patient.pk).update(locked_at=None)


def test_the_form_route_of_these_tests_changes_a_value_where_nothing_is_locked(visit, nurse):
    assert by_the_form(visit, 9, nurse).status_code == 302
    assert pain_of(visit) == 9
