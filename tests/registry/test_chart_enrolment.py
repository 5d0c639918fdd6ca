"""Patients enter once: who could be the same is shown, and overridden with a reason; corrections and leaving."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.urls import reverse

from registry.actions.chart import mark_row_as_error, restore_row, save_form
from registry.actions.corrections import correct_covariates
from registry.actions.enrolment import add_procedure, correct_patient, enrol_with_procedure
from registry.actions.patients import covariate_value, record_covariates
from registry.actions.procedures import correct_procedure
from registry.actions.standing import mark_as_error, reinstate_patient, restore, withdraw_patient
from registry.actions.studies import add_covariate
from registry.actions.visits import mark_visit_as_error
from registry.chart import FORMS
from registry.chart_live import live_values
from registry.derived.drift import drifts
from registry.duplicates import folded, possible_duplicates
from registry.errors import Refused, StaleSave
from registry.models import Patient, Procedure
from tests.builders import build_patient, build_procedure, build_study, build_visit

HER = {"sex": "F", "born": (date(1948, 5, 7), "day"), "performed": (date(2024, 3, 1), "day")}


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north)


@pytest.fixture
def her(study, north, nurse):
    return enrol(study, north, nurse).patient


@pytest.fixture
def desk(client, nurse):
    client.force_login(nurse)
    return client


def enrol(study, site, by, study_number="N-017", **changes):
    known = {"kind": "pdn", **HER} | changes
    return enrol_with_procedure(study=study, site=site, study_number=study_number, by=by, **known)


def alike(study, site, by, study_number="N-900", **changes):
    return possible_duplicates(study=study, site=site, study_number=study_number, by=by, **HER | changes)


def test_a_patient_and_the_index_procedure_are_one_save(desk, study, north):
    sent = {"site": str(north.pk), "study_number": "N-017", "sex": "F", "born": "1948", "kind": "pdn",
            "performed": "2024-03"}  # fmt: skip
    answer = desk.post(reverse("patient-create", args=["hips"]), sent)
    procedure = Procedure.objects.select_related("patient").get()
    assert answer.url == reverse("patient-detail", args=[procedure.patient_id])
    assert (procedure.kind, procedure.performed_precision, procedure.is_index) == ("pdn", "month", True)
    assert (procedure.patient.born_on, procedure.patient.born_precision) == (date(1948, 1, 1), "year")
    assert desk.post(reverse("patient-create", args=["hips"]), sent).status_code == 302
    assert Patient.objects.count() == Procedure.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"study_number": "N 17"}, "V14"),
        ({"born": "2030"}, "D1"),
        ({"born": "1948", "performed": "1947"}, "D1"),
        ({"performed": "2999-01-01"}, "D1"),
        ({"kind": "magic"}, "magic"),
        ({"performed": "1.3.2024"}, "not a date"),
    ],
)
def test_what_cannot_be_is_refused_and_nobody_is_enrolled(desk, study, north, sent, said):
    typed = {"site": str(north.pk), "study_number": "N-017", "sex": "F", "kind": "pdn"} | sent
    answer = desk.post(reverse("patient-create", args=["hips"]), typed)
    assert answer.status_code == 400 and said in answer.content.decode()
    assert not Patient.objects.exists() and not Procedure.objects.exists()


@pytest.mark.parametrize("written", ["n-017", "N17", "N_017", "n.0017", "N-17"])
def test_a_number_that_differs_only_in_how_it_is_written_is_a_possible_duplicate(study, north, nurse, her, written):
    found = alike(study, north, nurse, written, sex="M", born=(None, None))
    assert [each.patient for each in found] == [her]


@pytest.mark.parametrize("other", ["N-170", "N-18", "M-017", "N-0-17x"])
def test_another_number_is_not(study, north, nurse, her, other):
    assert folded(other) != folded("N-017")
    assert alike(study, north, nurse, other, sex="M") == []


@pytest.mark.parametrize(
    ("changes", "is_alike"),
    [
        ({}, True),
        ({"performed": (date(2024, 3, 8), "day")}, True),
        ({"performed": (date(2024, 3, 9), "day")}, False),
        ({"performed": (date(2024, 1, 3), "day")}, True),  # day and month swapped
        ({"performed": (date(2024, 3, 1), "month")}, True),
        ({"performed": (None, None)}, False),
        ({"born": (date(1948, 7, 5), "day")}, True),  # day and month swapped
        ({"born": (date(1948, 5, 8), "day")}, False),
        ({"sex": "M"}, False),
        ({"sex": ""}, False),
    ],
)
def test_the_same_birth_sex_and_a_procedure_within_seven_days_are_a_possible_duplicate(
    study, north, nurse, her, changes, is_alike
):
    assert [each.patient for each in alike(study, north, nurse, **changes)] == ([her] if is_alike else [])


def test_a_year_of_birth_and_a_day_in_it_can_be_the_same(study, north, nurse):
    build_procedure(patient=build_patient(study=study, site=north, sex="F", born_on=date(1948, 1, 1),
                    born_precision="year"))  # fmt: skip
    assert len(alike(study, north, nurse)) == 1


def test_another_sites_patients_are_no_duplicates_of_this_sites(study, north, south, nurse, neighbour, her):
    elsewhere = build_study(site=south)
    assert alike(elsewhere, south, neighbour) == []


def test_a_possible_duplicate_is_shown_side_by_side_and_overridden_with_a_reason(desk, study, north, her):
    sent = {"site": str(north.pk), "study_number": "N-900", "sex": "F", "born": "1948-05-07", "kind": "pdn",
            "performed": "2024-03-02"}  # fmt: skip
    answer = desk.post(reverse("patient-create", args=["hips"]), sent)
    assert answer.status_code == 400
    assert reverse("patient-detail", args=[her.pk]) in answer.content.decode() and "[U1]" in answer.content.decode()
    assert Patient.objects.count() == 1
    sent["not_the_same"] = "a twin"
    assert desk.post(reverse("patient-create", args=["hips"]), sent).status_code == 302
    made = apps.get_model("registry", "PatientEvent").objects.get(study_number="N-900")
    assert made.pgh_context.metadata["reason"] == "a twin"


def test_correcting_a_birth_date_moves_the_age_points_in_the_same_save(study, north, nurse):
    procedure = enrol(study, north, nurse, born=(None, None))
    row = save_form(form=FORMS["comorbidity"], parent=procedure, row=None, values={"history_reviewed": "yes"},
                    overrides=None, by=nurse)  # fmt: skip
    assert row.aacci is None
    correct_patient(procedure.patient, version=1, reason="", by=nurse, born_on=date(1948, 5, 7), born_precision="day")
    row.refresh_from_db()
    assert (row.charlson_age, row.aacci) == (3, 3)  # 75 years at the procedure


def test_a_correction_needs_its_reason_where_something_stood_before(study, north, nurse, her):
    with pytest.raises(Refused) as error:
        correct_patient(her, version=her.version, reason="", by=nurse, sex="M")
    assert [problem.rule for problem in error.value.problems] == ["V8"]
    with pytest.raises(StaleSave):
        correct_patient(her, version=her.version + 1, reason="misread", by=nurse, sex="M")
    correct_patient(her, version=her.version, reason="misread", by=nurse, sex="M")
    assert (her.sex, her.study_number) == ("M", "N-017")


def test_another_procedure_leaves_the_index_or_takes_it_over_with_a_reason(study, north, nurse, her):
    second = add_procedure(patient=her, kind="sacroplasty", performed=(date(2024, 9, 1), "day"), by=nurse)
    assert not second.is_index
    with pytest.raises(Refused):
        add_procedure(patient=her, kind="screws", performed=(date(2024, 10, 1), "day"), is_index=True, by=nurse)
    third = add_procedure(patient=her, kind="screws", performed=(date(2024, 10, 1), "day"), is_index=True,
                          reason="the protocol follows the last", by=nurse)  # fmt: skip
    assert list(her.procedures.filter(is_index=True)) == [third]


def test_the_pages_of_a_patient_and_a_procedure_correct_them(desk, her):
    procedure = her.procedures.get()
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12))
    sent = {"kind": "pdn", "performed": "2024-02-28", "version": 1, "reason": "operation note"}
    assert desk.post(reverse("procedure-correct", args=[procedure.pk]), sent).status_code == 302
    visit.refresh_from_db()
    assert visit.day == 44
    page = reverse("patient-correct", args=[her.pk])
    assert desk.post(page, {"study_number": "N-018", "sex": "F", "born": "1948-05-07", "version": 9, "reason": "typo"}
                     ).status_code == 409  # fmt: skip
    assert desk.post(page, {"study_number": "N-018", "sex": "F", "born": "1948-05-07", "version": 1}).status_code == 400
    sent = {"study_number": "N-018", "sex": "F", "born": "1948-05-07", "version": 1, "reason": "typo"}
    assert desk.post(page, sent).status_code == 302
    her.refresh_from_db()
    assert her.study_number == "N-018"


def test_a_patient_leaves_and_comes_back_with_reasons_that_are_kept(her, nurse):
    with pytest.raises(Refused) as error:
        withdraw_patient(patient=her, on=date(2024, 6, 1), reason=" ", by=nurse)
    assert [problem.rule for problem in error.value.problems] == ["V6"]
    withdraw_patient(patient=her, on=date(2024, 6, 1), reason="moved away", version=1, by=nurse)
    with pytest.raises(Refused):
        withdraw_patient(patient=her, on=date(2024, 6, 1), reason="again", by=nurse)
    reinstate_patient(patient=her, version=2, reason="it was her sister", by=nurse)
    her.refresh_from_db()
    assert (her.withdrawn_on, her.withdrawn_reason, her.version) == (None, "", 3)
    history = apps.get_model("registry", "PatientEvent").objects.filter(pgh_obj_id=her.pk).order_by("pgh_id")
    assert [each.withdrawn_reason for each in history] == ["", "moved away", ""]


def test_what_was_entered_in_error_leaves_and_can_be_restored_unless_it_was_replaced(her, nurse, desk):
    procedure = her.procedures.get()
    mark_as_error(procedure, version=1, reason="wrong patient", by=nurse)
    add_procedure(patient=her, kind="pdn", performed=(date(2024, 3, 2), "day"), is_index=True, by=nurse)
    procedure.refresh_from_db()
    with pytest.raises(Refused):
        restore(procedure, version=2, reason="right after all", by=nurse)
    assert desk.get(reverse("patient-detail", args=[her.pk])).status_code == 200
    mark_as_error(her, version=1, reason="a test", by=nurse)
    assert desk.get(reverse("patient-detail", args=[her.pk])).status_code == 404
    assert "N-017" in desk.get(reverse("patient-list") + "?state=error").content.decode()
    sent = {"reason": "no test", "version": 2}
    assert desk.post(reverse("patient-error", args=[her.pk]), sent).status_code == 302
    assert desk.get(reverse("patient-detail", args=[her.pk])).status_code == 200


def test_a_visit_is_marked_as_an_error_and_restored_on_its_page(her, desk):
    visit = build_visit(procedure=her.procedures.get(), timepoint="w6", visited_on=date(2024, 4, 12))
    address = reverse("visit-error", args=[visit.pk])
    assert desk.post(address, {"reason": "", "version": 1}).status_code == 400
    assert desk.post(address, {"reason": "another patient's", "version": 1}).status_code == 302
    assert "another patient&#x27;s" in desk.get(reverse("patient-detail", args=[her.pk])).content.decode()
    assert desk.post(address, {"reason": "hers after all", "version": 2}).status_code == 302
    visit.refresh_from_db()
    assert visit.error_marked_at is None


def test_the_age_that_a_study_keeps_stands_in_for_a_birth_that_is_not_recorded(study, north, nurse):
    procedure = enrol(study, north, nurse, born=(None, None))
    row = save_form(form=FORMS["comorbidity"], parent=procedure, row=None, values={"history_reviewed": "yes"},
                    overrides=None, by=nurse)  # fmt: skip
    age = add_covariate(study=study, name="age", label="Age", kind="integer", by=nurse)
    kept = covariate_value(patient=procedure.patient, covariate=age, value=Decimal(69))
    record_covariates([kept], by=nurse)
    row.refresh_from_db()
    assert (row.charlson_age, row.aacci) == (2, 2)
    correct_covariates([(kept, Decimal(70))], reason="misread", by=nurse)
    row.refresh_from_db()
    assert (row.charlson_age, row.aacci) == (3, 3)
    correct_patient(procedure.patient, version=1, reason="", by=nurse, born_on=date(1964, 5, 7), born_precision="day")
    row.refresh_from_db()
    assert (row.charlson_age, row.aacci) == (1, 1)  # a birth date goes before the age that is kept
    assert list(drifts()) == []


def test_the_index_that_the_chart_reports_is_never_stored_as_the_computed_one(study, north, nurse):
    procedure = enrol(study, north, nurse)
    row = save_form(form=FORMS["comorbidity"], parent=procedure, row=None, values={"aacci_reported": "9"},
                    overrides=None, by=nurse)  # fmt: skip
    assert (row.charlson_base, row.aacci, row.aacci_reported) == (None, None, 9)
    shown = {each.label: each for each in live_values(FORMS["comorbidity"], row)}["AACCI"]
    assert (shown.value, shown.why) == ("9", "as the chart reports it, not computed")


def test_a_visit_that_comes_back_is_counted_from_the_procedure_as_it_is_now(her, nurse):
    procedure = her.procedures.get()
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12))
    mark_visit_as_error(visit, version=1, reason="another patient's", by=nurse)
    moved = {"performed_on": date(2024, 2, 28), "reason": "misread", "by": nurse}
    correct_procedure(procedure, version=1, **moved)
    visit.refresh_from_db()
    assert visit.day == 42
    restore(visit, version=2, reason="hers after all", by=nurse)
    visit.refresh_from_db()
    assert (visit.error_marked_at, visit.day, list(drifts())) == (None, 44, [])


def test_a_visit_does_not_come_back_on_the_wrong_side_of_its_procedure(her, nurse, desk):
    procedure = her.procedures.get()
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12))
    mark_visit_as_error(visit, version=1, reason="another patient's", by=nurse)
    correct_procedure(procedure, version=1, performed_on=date(2024, 5, 1), reason="misread", by=nurse)
    answer = desk.post(reverse("visit-error", args=[visit.pk]), {"reason": "hers after all", "version": 2})
    visit.refresh_from_db()
    assert (answer.status_code, visit.error_marked_at is None, visit.day, visit.version) == (400, False, 42, 2)


@pytest.mark.parametrize("what", ["form", "procedure"])
def test_a_form_that_comes_back_has_the_age_of_the_birth_as_it_is_now(her, nurse, what):
    procedure = her.procedures.get()
    row = save_form(form=FORMS["comorbidity"], parent=procedure, row=None, values={"history_reviewed": "yes"},
                    overrides=None, by=nurse)  # fmt: skip
    before = row.charlson_age
    if what == "form":
        mark_row_as_error(row=row, version=1, reason="wrong", by=nurse)
    else:
        mark_as_error(procedure, version=1, reason="wrong", by=nurse)
    correct_patient(her, version=1, reason="misread", by=nurse, born_on=date(1964, 5, 7))
    row.refresh_from_db()
    assert row.charlson_age == before == 3
    if what == "form":
        restore_row(row=row, version=2, reason="right after all", by=nurse)
    else:
        restore(procedure, version=2, reason="right after all", by=nurse)
    row.refresh_from_db()
    assert (row.charlson_age, row.aacci, list(drifts())) == (1, 1, [])
