"""The forms of the chart are filled, corrected, marked unavailable and taken back by actions that audit each step."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps

from registry.actions import chart
from registry.actions.standing import withdraw_patient
from registry.chart import CONDITIONS, FORMS, is_complete, unanswered
from registry.errors import Refused, StaleSave
from registry.models import CementInjection, Malignancy, Operation, VitalStatus
from registry.unfinished import unfinished_rows
from tests.builders import build_patient, build_procedure, build_visit, key

OPERATION = {"sedation": "general", "operative_time_min": "95", "time_definition": "skin_to_skin", "ebl_ml": "150",
             "icu_admission": "no"}  # fmt: skip
ALL_BUT_RENAL = dict.fromkeys(CONDITIONS, "no") | {"renal": ""}


@pytest.fixture
def procedure(north):
    return build_procedure(patient=build_patient(site=north, born_on=date(1950, 1, 1), born_precision="year"))


def fill(key_of_form, parent, by, row=None, **options):
    """save_form with what a test names; `values` and all else by keyword."""
    options = {"values": {}, "missing": {}, "version": row and row.version} | options
    return chart.save_form(form=FORMS[key_of_form], parent=parent, row=row, by=by, **options)


def refusals(error) -> set[tuple[str, str]]:
    return {(problem.rule, problem.field) for problem in error.value.problems}


def test_a_form_is_filled_with_values_reasons_and_where_it_was_read(procedure, nurse):
    row = fill(
        "operation", procedure, nurse, values=OPERATION | {"guidance": ["ct", "navigation_3d"], "cement_used": "yes"},
        missing={"position": "not_recorded"},
        provenance={"collection_method": "operative_record", "source_document": "operation note"},
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.sedation, row.operative_time_min, row.ebl_ml, row.icu_admission) == ("general", 95, 150, False)
    assert (row.guidance, row.cement_used, row.missing) == (["ct", "navigation_3d"], True, {"position": "not_recorded"})
    assert (row.collection_method, row.source_document) == ("operative_record", "operation note")
    assert (row.site_id, row.recorded_by, row.version) == (procedure.site_id, nurse, 1)
    assert is_complete(FORMS["operation"], row)


def test_dates_are_kept_as_precisely_as_they_were_written(procedure, nurse):
    row = fill("malignancy", procedure.patient, nurse, values={"primary_cancer": "breast", "diagnosed_on": "2019-03"})
    row.refresh_from_db()
    assert (row.diagnosed_on, row.diagnosed_precision) == (date(2019, 3, 1), "month")
    row = fill("malignancy", procedure.patient, nurse, row, values={"diagnosed_on": (date(2019, 3, 7), "day")},
               reason="found the report")  # fmt: skip
    row.refresh_from_db()
    assert (row.diagnosed_on, row.diagnosed_precision, row.primary_cancer) == (date(2019, 3, 7), "day", "breast")


@pytest.mark.parametrize(
    ("form", "values", "missing", "rule", "field"),
    [
        ("operation", {"operative_time_min": "2000"}, {}, "V1", "operative_time_min"),
        ("operation", {"operative_time_min": "1.5"}, {}, "V5", "operative_time_min"),
        ("operation", {"ebl_ml": "minimal"}, {}, "V5", "ebl_ml"),
        ("operation", {"sedation": "laughing_gas"}, {}, "V14", "sedation"),
        ("operation", {"guidance": ["ct", "torch"]}, {}, "V14", "guidance"),
        ("operation", {"icu_admission": "perhaps"}, {}, "V14", "icu_admission"),
        ("operation", {"admitted_on": "14.6.2021"}, {}, "V4", "admitted_on"),
        ("operation", {"admitted_on": "2999"}, {}, "D1", "admitted_on"),
        ("operation", {"los_definition": "x" * 121}, {}, "V15", "los_definition"),
        ("operation", {"los_definition": "a\x00b"}, {}, "V15", "los_definition"),
        ("operation", {"sedation": "general"}, {"sedation": "unknown"}, "M1", "sedation"),
        ("operation", {}, {"sedation": "forgot"}, "V14", "sedation"),
        ("operation", {"colour": "red"}, {}, "V14", "colour"),
        ("operation", {"aacci": "3"}, {}, "V14", "aacci"),
        ("cement", {"leak": "no", "leak_action": "none needed"}, {}, "H1", "leak_action"),
        ("cement", {"leak": "no"}, {"leak_sites": "unknown"}, "H1", "leak_sites"),
        ("ablation", {"modality": "other"}, {}, "R1", "modality_other"),
    ],
)
def test_what_cannot_be_is_refused_by_field_value_and_rule_and_nothing_is_saved(
    procedure, nurse, form, values, missing, rule, field
):
    with pytest.raises(Refused) as error:
        fill(form, procedure, nurse, values=values, missing=missing)
    assert (rule, field) in refusals(error)
    assert not FORMS[form].model.objects.exists()


def test_what_can_be_is_not_refused(procedure, nurse):
    fill("operation", procedure, nurse, values={"operative_time_min": "720", "ebl_ml": "0", "guidance": []})
    fill("cement", procedure, nurse, values={"leak": "yes", "leak_action": "watched", "volume_ml": "0.1"})
    fill("cement", procedure, nurse, values={"leak": "no"}, missing={"leak_sites": "not_applicable"})
    fill("ablation", procedure, nurse, values={"modality": "other"}, missing={"modality_other": "not_recorded"})
    assert Operation.objects.get().guidance == []
    assert CementInjection.objects.count() == 2


def test_a_value_that_its_form_no_longer_asks_is_refused_until_it_is_cleared(procedure, nurse):
    row = fill("cement", procedure, nurse, values={"leak": "yes", "leak_action": "watched"})
    with pytest.raises(Refused) as error:
        fill("cement", procedure, nurse, row, values={"leak": "no"}, reason="misread")
    assert refusals(error) == {("H1", "leak_action")}
    row = fill("cement", procedure, nurse, row, values={"leak": "no", "leak_action": ""}, reason="misread")
    row.refresh_from_db()
    assert (row.leak, row.leak_action) == (False, "")


def test_a_stale_save_is_refused_and_the_first_stays(procedure, nurse):
    opened = fill("operation", procedure, nurse, values={"ebl_ml": "100"})
    fill("operation", procedure, nurse, opened, values={"ebl_ml": "200"})
    with pytest.raises(StaleSave):
        fill("operation", procedure, nurse, opened, values={"ebl_ml": "300"}, version=1)
    assert Operation.objects.get().ebl_ml == 200


def test_the_same_submission_twice_is_one_row_and_with_other_content_is_refused(procedure, nurse):
    once = key()
    first = fill("cement", procedure, nurse, values={"leak": "no"}, submission_key=once)
    again = fill("cement", procedure, nurse, values={"leak": "no"}, submission_key=once)
    assert first.pk == again.pk
    with pytest.raises(Refused) as error:
        fill("cement", procedure, nurse, values={"leak": "yes"}, submission_key=once)
    assert refusals(error) == {("V11", "")}
    fill("cement", procedure, nurse, values={"leak": "no"}, submission_key=key())
    assert CementInjection.objects.count() == 2


def test_a_form_that_is_filled_once_is_not_filled_twice(procedure, nurse):
    row = fill("operation", procedure, nurse, values=OPERATION)
    with pytest.raises(Refused) as error:
        fill("operation", procedure, nurse, values=OPERATION)
    assert refusals(error) == {("V7", "")}
    chart.mark_row_as_error(row=row, version=row.version, reason="another patient's", by=nurse)
    fill("operation", procedure, nurse, values=OPERATION)
    assert Operation.objects.valid().count() == 1


def test_a_reason_is_asked_only_where_what_stood_in_a_complete_form_changes(procedure, nurse):
    row = fill("operation", procedure, nurse, values={"sedation": "general"})
    row = fill("operation", procedure, nurse, row, values={"sedation": "regional"})  # incomplete: no reason
    row = fill("operation", procedure, nurse, row, values=OPERATION)
    row = fill("operation", procedure, nurse, row, values={"position": "prone"})  # added to a complete one: no reason
    with pytest.raises(Refused) as error:
        fill("operation", procedure, nurse, row, values={"position": "supine"})
    assert refusals(error) == {("V8", "reason")}
    row = fill("operation", procedure, nurse, row, values={"position": "supine"}, reason="read the note again")
    assert (row.position, row.version) == ("supine", 5)


def test_saving_what_is_there_already_makes_no_new_version(procedure, nurse):
    row = fill("operation", procedure, nurse, values=OPERATION)
    assert fill("operation", procedure, nurse, row, values=OPERATION).version == 1


@pytest.mark.parametrize(
    ("name", "values", "missing", "open_ones"),
    [
        ("operation", {"operative_time_min": "95"}, {}, {"sedation", "time_definition", "ebl_ml", "icu_admission"}),
        ("operation", {"sedation": "general", "ebl_ml": "9", "icu_admission": "no"},
         {"operative_time_min": "not_recorded"}, set()),
        ("comorbidity", {"asa_class": "3"}, {}, {"history_reviewed"}),
        ("comorbidity", {"asa_class": "3", "history_reviewed": "yes"}, {}, set()),
        ("comorbidity", {"asa_class": "3", "aacci_reported": "9"}, {"history_reviewed": "not_recorded"}, set()),
        ("comorbidity", {"asa_class": "3", "history_reviewed": "no"}, {}, set(CONDITIONS)),
        ("comorbidity", {"asa_class": "3", "history_reviewed": "no", **ALL_BUT_RENAL}, {}, {"renal"}),
        ("comorbidity", {"asa_class": "3", "history_reviewed": "no", **ALL_BUT_RENAL}, {"renal": "unknown"}, set()),
        ("katagiri", {"growth": "slow"}, {}, {"visceral", "ecog", "previous_chemotherapy", "multiple_skeletal"}),
        ("vital_status", {"status": "alive", "lost_to_follow_up": "no"}, {}, {"last_known_alive_on"}),
        ("vital_status", {"status": "unknown", "lost_to_follow_up": "no"}, {}, set()),
        ("complication", {"complication": "cement_extravasation", "happened_on": "2024-03-01"}, {}, set()),
    ],
)  # fmt: skip
def test_a_form_is_complete_with_what_its_other_answers_need_and_the_database_counts_alike(
    procedure, nurse, name, values, missing, open_ones
):
    form = FORMS[name]
    parent = procedure.patient if form.parent == "patient" else procedure
    row = fill(name, parent, nurse, values=values, missing=missing)
    assert set(unanswered(form, row)) == open_ones
    assert unfinished_rows(form).exists() == bool(open_ones)


def test_what_follows_from_a_form_is_stored_with_it(procedure, nurse):
    row = fill("comorbidity", procedure, nurse, values={
        "asa_class": "3", "history_reviewed": "yes", "tumour_metastatic": "yes", "diabetes": "yes"})  # fmt: skip
    # 6 for the metastatic tumour, 1 for diabetes; 74 years are 3 points (Charlson 1987 with the age of 1994).
    assert (row.charlson_base, row.charlson_age, row.aacci) == (7, 3, 10)
    stay = fill("operation", procedure, nurse, values={"discharged_on": "2024-03-04"})
    assert stay.los_days == 3


def test_nothing_is_entered_for_who_was_withdrawn_or_for_a_missed_visit(procedure, nurse):
    missed = build_visit(procedure=procedure, timepoint="w6", missed="visit_missed")
    with pytest.raises(Refused) as error:
        fill("visit_details", missed, nurse, values={"opioid_change": "stable"})
    assert refusals(error) == {("V3", "")}
    withdraw_patient(patient=procedure.patient, on=date(2024, 5, 1), reason="moved away", by=nurse)
    with pytest.raises(Refused) as error:
        fill("operation", procedure, nurse, values=OPERATION)
    assert refusals(error) == {("V9", "")}


def test_a_linked_procedure_is_another_one_of_the_same_patient(procedure, nurse):
    other, strange = build_procedure(patient=procedure.patient, is_index=False), build_procedure()
    event = {"secondary": "repeat_sacroplasty", "happened_on": "2024-06-01", "reason": "unresolved_pain"}
    for wrong in (procedure, strange):
        with pytest.raises(Refused) as error:
            fill("secondary_procedure", procedure, nurse, values=event | {"linked_procedure": str(wrong.pk)})
        assert refusals(error) == {("E3", "linked_procedure")}
    row = fill("secondary_procedure", procedure, nurse, values=event | {"linked_procedure": str(other.pk)})
    assert (row.linked_procedure, row.kind) == (other, "secondary_procedure")


def test_a_form_is_marked_unavailable_and_available_again_and_both_stay_in_its_history(procedure, nurse):
    patient, form = procedure.patient, FORMS["vital_status"]
    row = chart.mark_form_unavailable(
        form=form, parent=patient, row=None, reason_code="not_recorded", comment="chart lost", by=nurse
    )
    assert is_complete(form, row)
    with pytest.raises(Refused) as error:
        fill("vital_status", patient, nurse, row, values={"status": "alive"})
    assert refusals(error) == {("V16", "")}
    chart.mark_form_available(form=form, parent=patient, row=row, version=row.version, by=nurse)
    assert not VitalStatus.objects.valid().exists()
    kept = apps.get_model("registry", "VitalStatusEvent").objects.filter(pgh_obj_id=row.pk).order_by("pgh_id")
    assert [each.unavailable for each in kept] == ["not_recorded", "not_recorded"]
    assert [bool(each.error_marked_at) for each in kept] == [False, True]


def test_a_form_with_answers_is_not_marked_unavailable(procedure, nurse):
    fill("malignancy", procedure.patient, nurse, values={"primary_cancer": "breast"})
    with pytest.raises(Refused) as error:
        chart.mark_form_unavailable(
            form=FORMS["malignancy"], parent=procedure.patient, row=None, reason_code="unknown", by=nurse
        )
    assert refusals(error) == {("V16", "")}


def test_a_wrong_row_is_marked_and_restored_with_reasons_and_the_third_keeps_its_id(procedure, nurse):
    rows = [fill("malignancy", procedure.patient, nurse, values={"primary_cancer": name})
            for name in ("breast", "thyroid", "melanoma")]  # fmt: skip
    with pytest.raises(Refused):
        chart.mark_row_as_error(row=rows[1], version=1, reason=" ", by=nurse)
    wrong = chart.mark_row_as_error(row=rows[1], version=1, reason="another patient's", by=nurse)
    assert [row.pk for row in Malignancy.objects.valid().order_by("recorded_at")] == [rows[0].pk, rows[2].pk]
    with pytest.raises(StaleSave):
        chart.mark_row_as_error(row=rows[1], version=2, reason="again", by=nurse)
    chart.restore_row(row=wrong, version=2, reason="it was hers", by=nurse)
    assert Malignancy.objects.valid().count() == 3


def test_a_row_is_not_restored_where_its_form_was_filled_anew(procedure, nurse):
    row = fill("operation", procedure, nurse, values=OPERATION)
    row = chart.mark_row_as_error(row=row, version=1, reason="wrong", by=nurse)
    fill("operation", procedure, nurse, values=OPERATION)
    with pytest.raises(Refused) as error:
        chart.restore_row(row=row, version=2, reason="right after all", by=nurse)
    assert refusals(error) == {("V7", "")}


def test_numbers_are_exact(procedure, nurse):
    row = fill("cement", procedure, nurse, values={"volume_ml": "7.3"})
    row.refresh_from_db()
    assert row.volume_ml == Decimal("7.3")
