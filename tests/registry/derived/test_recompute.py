"""A stored derived value that is not what its row says is found, whatever column it stands in, and mended."""

import re
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.actions.refreshing import mend
from registry.derived import drift
from registry.derived.charlson import POINTS
from registry.derived.drift import COLUMNS, drifts
from registry.models import ChartRow, Comorbidity, FollowUpVisit, Katagiri, Operation, Score
from registry.models.chart import ABOUT
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.derived.test_procedure_dates import fill
from tests.registry.record import histories, run_sql, set_columns

ITEMS = ("msts_pain", "msts_function", "msts_emotional", "msts_supports", "msts_walking", "msts_gait")
LABS = {"crp_mg_dl": "0.1", "ldh_iu_l": "200", "albumin_g_dl": "4", "platelets_1000_ul": "250", "calcium_mg_dl": "9",
        "bilirubin_mg_dl": "0.5"}  # fmt: skip
# For every stored derived column, what is written past the program, and what its row says it should be.
WRONG = {
    (Comorbidity, "charlson_base"): ("7", 6), (Comorbidity, "charlson_age"): ("2", 3),
    (Comorbidity, "aacci"): ("NULL", 9), (Katagiri, "total"): ("3", 1),
    (Operation, "complexity"): ("'complex'", "simple"),
    (Operation, "los_days"): ("8", 9), (FollowUpVisit, "day"): ("43", 42), (FollowUpVisit, "timepoint"): (None, "w6"),
    (FollowUpVisit, "window"): ("'unknown'", "inside"), (Score, "value"): ("17", 18),
}  # fmt: skip
CASES = pytest.mark.parametrize(
    ("model", "column"), WRONG, ids=lambda each: each if isinstance(each, str) else each.__name__
)


@pytest.fixture
def record(north):
    """A row of each table that stores derived values, as the actions write it."""
    study = build_study(site=north, instruments=("pain", "msts", *ITEMS))
    patient = build_patient(study=study, site=north, born_on=date(1954, 2, 1), born_precision="day")
    procedure = build_procedure(patient=patient, performed_on=date(2024, 3, 1), kind="pdn")
    visit = build_visit(
        procedure=procedure, timepoint="w6", timepoint_asserted=False, visited_on=date(2024, 4, 12),
        scores=dict.fromkeys(ITEMS, 3),
    )  # fmt: skip
    labs = {name: Decimal(value) for name, value in LABS.items()}
    katagiri = {
        "growth": "slow",
        "visceral": "none",
        "ecog": 3,
        "previous_chemotherapy": False,
        "multiple_skeletal": False,
    }
    return {
        Comorbidity: fill(Comorbidity, procedure, **dict.fromkeys(POINTS, False) | {"tumour_metastatic": True}),
        Katagiri: fill(Katagiri, procedure, **katagiri, **labs),
        Operation: fill(
            Operation, procedure, pdn_sacral_count=1, additional_hardware=[], discharged_on=date(2024, 3, 10),
            discharged_precision="day",
        ),
        FollowUpVisit: visit,
        Score: visit.scores.get(derived=True),
    }  # fmt: skip


def spoil(record, model, column: str) -> None:
    """Write a wrong value past the program."""
    sql, _ = WRONG[model, column]
    if sql is None:
        later = record[FollowUpVisit].procedure.patient.study.schedule.timepoints.get(code="m3")
        set_columns(record[model], f"timepoint_id = '{later.pk}'")
    else:
        set_columns(record[model], f'"{column}" = {sql}')


def recompute(*options) -> tuple[int, str]:
    """The exit code, and what was printed."""
    out = StringIO()
    try:
        call_command("recompute", *options, stdout=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def value_of(row, column: str):
    row.refresh_from_db()
    value = getattr(row, column)
    return value.code if column == "timepoint" else value


def test_every_column_that_is_computed_and_stored_is_checked():
    """A column that no form asks for, and that says nothing of the form itself, is a derived one."""
    asked_of_nobody = {
        (model, field.name)
        for model in apps.get_app_config("registry").get_models()
        if issubclass(model, ChartRow) and not hasattr(model, "pgh_tracked_model")
        for field in model._meta.local_fields
        if not field.editable and field.name not in ABOUT
    }
    listed = {(model, column) for model, columns in COLUMNS.items() for column in columns}
    assert asked_of_nobody == {(model, column) for model, column in listed if issubclass(model, ChartRow)}
    assert listed == set(WRONG)


def test_a_record_without_drift_passes(record):
    assert recompute("--check") == (0, "No derived value differs.\n")
    assert recompute() == (0, "No derived value differs.\n")


@CASES
def test_drift_of_every_column_is_found_and_said(record, model, column):
    spoil(record, model, column)
    code, said = recompute("--check")
    assert code == 1
    assert f"{record[model]._meta.model_name} {record[model].pk}" in said
    assert re.search(rf"\b{column}: stored \w+, recomputed {WRONG[model, column][1]}\b", said)


@CASES
def test_drift_of_every_column_is_mended_once_with_its_reason(record, model, column, system):
    row, right = record[model], WRONG[model, column][1]
    spoil(record, model, column)
    code, said = recompute()
    assert (code, value_of(row, column)) == (0, right)
    assert "were recomputed" in said
    history = next(each for each in histories() if each.pgh_tracked_model is model)
    last = history.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id").last()
    assert last.pgh_context.metadata == {"actor": str(system.pk), "reason": "recomputed", "route": "command"}
    version = row.version
    assert recompute() == (0, "No derived value differs.\n")
    assert (value_of(row, "version"), value_of(row, column)) == (version, right)


def test_looking_for_drift_changes_nothing(record):
    spoil(record, Operation, "los_days")
    recompute("--check")
    assert value_of(record[Operation], "los_days") == 8


def test_a_total_that_was_never_stored_is_found_and_made(record):
    visit = build_visit(
        procedure=record[FollowUpVisit].procedure, timepoint="m3", day=91, scores=dict.fromkeys(ITEMS[:5], 2)
    )
    run_sql(
        "INSERT INTO registry_score (id, site_id, visit_id, instrument_id, value, derived, version)"
        " SELECT gen_random_uuid(), %s, %s, id, 2, FALSE, 1 FROM registry_instrument WHERE key = 'msts_gait'",
        [visit.site_id, visit.pk],
    )
    code, said = recompute("--check")
    assert (code, f"followupvisit {visit.pk} value: stored nothing, recomputed 12" in said) == (1, True)
    assert recompute()[0] == 0
    total = visit.scores.get(instrument__key="msts")
    assert (total.value, total.derived) == (12, True)
    assert recompute("--check")[0] == 0


def test_a_total_whose_item_is_missing_cannot_stand(record):
    item = record[FollowUpVisit].scores.get(instrument__key="msts_gait")
    set_columns(item, "value = NULL, missing = 'refused'")
    assert recompute("--check")[0] == 1
    assert recompute()[0] == 0
    record[Score].refresh_from_db()
    assert (record[Score].value, record[Score].missing) == (None, "refused")
    assert recompute("--check")[0] == 0


def test_a_total_that_was_typed_is_no_derived_value(record):
    build_visit(procedure=record[FollowUpVisit].procedure, timepoint="m3", day=91, scores={"msts": 12})
    assert recompute("--check")[0] == 0


def test_a_visit_that_is_mended_out_of_its_window_says_why(record):
    asserted = build_visit(procedure=record[FollowUpVisit].procedure, timepoint="m6", visited_on=date(2024, 9, 1))
    run_sql("UPDATE registry_followupvisit SET visited_on = '2025-02-01' WHERE id = %s", [asserted.pk])
    assert recompute()[0] == 0
    asserted.refresh_from_db()
    assert (asserted.day, asserted.window, asserted.window_reason) == (337, "outside", "Recomputed.")


def test_rows_that_are_marked_as_entered_in_error_are_left_alone(record):
    spoil(record, Operation, "los_days")
    set_columns(record[Operation], "error_marked_at = now(), error_reason = 'typed twice'")
    assert recompute("--check")[0] == 0


def test_an_unavailable_form_has_no_derived_values(record, north):
    procedure = build_procedure(patient=build_patient(site=north, born_on=date(1954, 2, 1), born_precision="day"))
    row = fill(Comorbidity, procedure, unavailable="not_recorded")
    assert (row.charlson_age, recompute("--check")[0]) == (None, 0)
    set_columns(row, "charlson_age = 3")
    assert recompute("--check")[0] == 1


def test_drift_that_the_database_does_not_let_go_is_said_and_kept(record):
    run_sql(
        "CREATE FUNCTION closed() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'closed' USING ERRCODE ="
        " 'check_violation', CONSTRAINT = 'closed'; END $$ LANGUAGE plpgsql"
    )
    spoil(record, Operation, "los_days")
    spoil(record, Katagiri, "total")
    run_sql("CREATE TRIGGER closed BEFORE UPDATE ON registry_operation FOR EACH ROW EXECUTE FUNCTION closed()")
    code, said = recompute()
    assert (code, "not mended: closed" in said, value_of(record[Operation], "los_days")) == (1, True, 8)
    assert value_of(record[Katagiri], "total") == 1


def test_nothing_of_the_patient_is_printed(record):
    for model, column in WRONG:
        spoil(record, model, column)
    _, said = recompute("--check")
    patient = record[FollowUpVisit].procedure.patient
    for secret in (patient.study_number, "1954", "2024", str(patient.pk)):
        assert secret not in said


def test_a_row_that_was_saved_meanwhile_is_not_written_over(record, system):
    spoil(record, Operation, "los_days")
    [found] = drifts()
    set_columns(record[Operation], "version = version + 1")
    assert not mend(found, by=system)
    assert value_of(record[Operation], "los_days") == 8


def test_the_number_of_queries_does_not_grow_with_the_rows(record, north):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert list(drifts()) == []
        return len(queries)

    before = asked()
    for number in range(3):
        procedure = build_procedure(
            patient=build_patient(site=north), performed_on=date(2024, 3, 1 + number), kind="pdn"
        )
        build_visit(procedure=procedure, day=42, scores={"pain": 3})
        fill(Operation, procedure, pdn_sacral_count=1, additional_hardware=[])
    assert asked() == before


def test_every_chunk_is_read(record, monkeypatch):
    procedure = record[FollowUpVisit].procedure
    for code, day in (("m3", 91), ("m6", 182), ("y1", 365)):
        build_visit(procedure=procedure, timepoint=code, day=day)
    monkeypatch.setattr(drift, "CHUNK", 1)
    run_sql("UPDATE registry_followupvisit SET \"window\" = 'unknown'")
    assert len(list(drifts())) == 4
