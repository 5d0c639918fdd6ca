"""The history of the record: every change by every route, whose it was and why; nothing is altered, nothing is lost."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from registry.access import SiteScoped
from registry.actions import patients
from registry.audit import recording, through
from registry.models import ApiToken, Membership, Patient, PreviewPage, User
from tests.builders import build_member, build_patient, build_study
from tests.registry.record import full_record, histories, models_of_ours, refusal, run_sql, set_columns

# A preview is made anew each time a file is looked at; it is no part of the record.
SCOPED = [
    model for model in models_of_ours() if isinstance(model.objects.all(), SiteScoped) and model is not PreviewPage
]
# What is asked of the workers, what is written once, and drafts, which are no part of the record: no history.
# Written once, or no part of the record.
UNTRACKED = {
    "Change", "Document", "DocumentFile", "Download", "Draft", "Epoch", "Freeze", "FreezeName", "ImportedCell", "Job",
    "PooledResult", "Pooling", "PoolingStudy", "PreviewPage", "Pseudonym", "Pull",
    "Release", "ReleaseAgreement", "ReleaseFile",
    "QueryStep", "Resolution", "Result", "SentBundle", "TokenCalls",
    "TrailBlock", "TrailCheck", "TrailEntry", "TrailHead", "TrailShape",
}  # fmt: skip


@pytest.fixture
def record(db):
    return full_record()


def rows_without_history(model) -> list:
    """The rows of a table whose latest history row does not say what they say now."""
    history = next(each for each in histories() if each.pgh_tracked_model is model)
    kept = {field.column for field in history._meta.concrete_fields}
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields if field.column in kept)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH latest AS (SELECT DISTINCT ON (pgh_obj_id) * FROM {history._meta.db_table}"
            f" ORDER BY pgh_obj_id, pgh_id DESC), said AS (SELECT {columns} FROM latest)"
            f" SELECT r.id FROM (SELECT {columns} FROM {model._meta.db_table}) r"
            f" WHERE row(r.*)::text NOT IN (SELECT row(said.*)::text FROM said)"
        )
        return [pk for (pk,) in cursor.fetchall()]


def save_by_orm(patient):
    patient.sex = "F"
    patient.save()


def update_by_queryset(patient):
    Patient.objects.filter(pk=patient.pk).update(sex="F")


def bulk_update(patient):
    patient.sex = "F"
    Patient.objects.bulk_update([patient], ["sex"])


def raw_sql(patient):
    run_sql("UPDATE registry_patient SET sex = 'F' WHERE id = %s", [patient.pk])


@pytest.mark.parametrize("change", [save_by_orm, update_by_queryset, bulk_update, raw_sql])
def test_a_change_by_any_route_leaves_the_old_and_the_new_row_with_actor_route_and_reason(record, nurse, change):
    patient = record["registry_patient"]
    with through("form"), recording(by=nurse, reason="read again in the chart"):
        change(patient)
    old, new = patient.history.order_by("pgh_id")
    assert (old.pgh_label, old.sex, new.pgh_label, new.sex) == ("insert", "", "update", "F")
    assert new.pgh_context.metadata == {"route": "form", "actor": str(nurse.pk), "reason": "read again in the chart"}


def test_rows_made_in_bulk_are_in_the_history_one_by_one(north, nurse):
    study = build_study(site=north)
    new = [Patient(site=north, study=study, study_number=f"B-{number}") for number in range(3)]
    with through("import"):
        patients.enrol_patients(new, by=nurse)
    for patient in new:
        assert patient.history.get().pgh_context.metadata == {"route": "import", "actor": str(nurse.pk)}


def test_a_row_inserted_by_raw_sql_is_in_the_history(record, nurse):
    with recording(by=nurse):
        run_sql(
            "INSERT INTO registry_patient SELECT (jsonb_populate_record(r,"
            """ '{"id": "00000000-0000-4000-8000-000000000001", "study_number": "N-002"}')).* FROM registry_patient r"""
        )
    assert Patient.objects.get(study_number="N-002").history.get().pgh_context.metadata["actor"] == str(nurse.pk)


def test_a_change_that_changes_nothing_leaves_no_trace(record):
    set_columns(record["registry_patient"], "sex = sex")
    assert record["registry_patient"].history.count() == 1


def test_every_row_of_the_record_has_its_history(record):
    for model in models_of_ours():
        if model.__name__ not in UNTRACKED:
            assert model.objects.exists(), model
            assert rows_without_history(model) == [], model


@pytest.mark.parametrize("trigger", ["insert_insert", "update_update"])
def test_the_check_of_the_history_finds_a_row_that_slipped_by_a_disabled_trigger(record, trigger):
    patient = record["registry_patient"]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'registry_patient'::regclass AND tgname LIKE %s",
                       [f"pgtrigger_{trigger}%"])  # fmt: skip
        ((name,),) = cursor.fetchall()
        cursor.execute(f"ALTER TABLE registry_patient DISABLE TRIGGER {name}")
    if trigger == "update_update":
        update_by_queryset(patient)
        assert rows_without_history(Patient) == [patient.pk]
    else:
        slipped = build_patient(study=record["registry_study"], site=record["registry_site"])
        assert rows_without_history(Patient) == [slipped.pk]


def test_a_right_that_is_taken_away_by_raw_sql_leaves_its_last_row(record, nurse):
    membership = nurse.memberships.get()
    run_sql("DELETE FROM registry_membership WHERE id = %s", [membership.pk])
    last = histories_of(Membership).filter(pgh_obj_id=membership.pk).latest("pgh_id")
    assert (last.pgh_label, last.role) == ("delete", "coordinator")


def test_the_history_of_who_may_log_in_holds_no_secret(record):
    held = {field.name for model in (User, ApiToken) for field in histories_of(model).model._meta.fields}
    assert held.isdisjoint({"password", "digest"})
    assert {"username", "scopes"} <= held


def histories_of(model):
    """The history rows of a model."""
    return next(each for each in histories() if each.pgh_tracked_model is model).objects.all()


def test_every_model_is_tracked_or_named_as_one_that_is_not():
    tracked = {history.pgh_tracked_model for history in histories()}
    assert {model.__name__ for model in models_of_ours() if model not in tracked} == UNTRACKED


@pytest.mark.parametrize("statement", ["UPDATE {} SET pgh_label = 'insert'", "DELETE FROM {}"])
def test_the_history_cannot_be_rewritten(record, statement):
    for history in histories():
        table, before = history._meta.db_table, history.objects.count()
        assert before > 0, table
        with pytest.raises(DatabaseError) as refused:
            run_sql(statement.format(table))
        assert refusal(refused.value) == f"pgtrigger: Cannot update or delete rows from {table} table"
        assert history.objects.count() == before


def test_nothing_of_a_patient_is_deleted_by_raw_sql(record):
    for model in SCOPED:
        with pytest.raises(DatabaseError) as refused:
            run_sql(f"DELETE FROM {model._meta.db_table}")
        assert refusal(refused.value) == f"pgtrigger: Cannot delete rows from {model._meta.db_table} table"


def test_nothing_of_a_patient_is_deleted_by_the_orm(record):
    for model in SCOPED:
        row = record[model._meta.db_table]
        for delete in (row.delete, model.objects.filter(pk=row.pk).delete):
            with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
                delete()
        assert model.objects.filter(pk=row.pk).exists(), model


@pytest.mark.parametrize("table", ["outcomes_freeze", "outcomes_result"])
def test_what_was_computed_is_written_once(record, table):
    for statement in (f"UPDATE {table} SET site_ids = '{{}}'", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError) as refused:
            run_sql(statement)
        assert refusal(refused.value) == f"pgtrigger: Cannot update or delete rows from {table} table"
    row = record[table]
    for change in (row.save, row.delete):
        with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
            change()


def test_a_page_writes_who_and_by_which_route(client, record, north):
    nurse = build_member("nurse", north, "coordinator")
    client.force_login(nurse)
    procedure = record["registry_procedure"]
    key = "00000000-0000-4000-8000-000000000002"
    answer = client.post(
        f"/procedures/{procedure.pk}/visits/new/",
        {"timepoint": "m3", "visited_on": "2024-06-10", "score_pain": "2", "submission_key": key},
    )
    assert answer.status_code == 302
    visit = procedure.visits.get(submission_key=key)
    for row in (visit, visit.scores.get()):
        assert row.history.get().pgh_context.metadata == {"route": "form", "actor": str(nurse.pk)}
