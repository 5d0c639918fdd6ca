"""Patients, procedures, visits and scores, read as a program would."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from registry.actions import patients, people, standing, visits
from registry.models import ApiToken, Covariate, MissingReason, Procedure
from tests.builders import build_cohort_rows, build_patient, build_procedure, build_study, build_visit
from tests.programs import ROWS, bearer, ids_of, rows_of
from tests.settled import settled


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north)


@pytest.fixture
def visit(study, north):
    """A visit at north with one score and one reason, after the procedure of patient N-1."""
    patient = build_patient(study=study, site=north, study_number="N-1", sex="F", born_on=date(1950, 1, 1),
                            born_precision="year")  # fmt: skip
    procedure = build_procedure(patient=patient, kind="pdn")
    return build_visit(procedure=procedure, timepoint="w6", day=40, scores={"pain": 3, "opioid": "refused"})


@pytest.fixture
def theirs(study, south):
    """The same at south."""
    patient = build_patient(study=study, site=south, study_number="S-1")
    return build_visit(procedure=build_procedure(patient=patient), timepoint="w6", day=41, scores={"pain": 5})


def test_a_patient_has_the_fields_of_the_list_and_no_others(client, nurse, visit):
    client.force_login(nurse)
    patient = visit.procedure.patient
    assert rows_of(client, "api-patient") == [
        {
            "id": str(patient.pk), "site": "north", "study": "hips", "study_number": "N-1", "sex": "F",
            "born_on": "1950-01-01", "born_precision": "year", "withdrawn_on": None, "withdrawn_reason": "",
            "covariates": {}, "version": 1,
        }
    ]  # fmt: skip


def test_covariates_carry_a_value_or_a_reason_in_the_order_of_the_study(client, nurse, north, study):
    patient = build_patient(study=study, site=north)
    given = {
        "bmi": ("decimal", Decimal("27.50")),
        "arm": ("category", "nail"),
        "asa": ("integer", MissingReason.NOT_RECORDED),
        "age": ("integer", Decimal(100)),
    }
    values = []
    for order, (name, (kind, value)) in enumerate(given.items()):
        covariate = Covariate.objects.create(study=study, name=name, label=name, kind=kind, order=order)
        values.append(patients.covariate_value(patient=patient, covariate=covariate, value=value))
    patients.record_covariates(values, by=people.system_user())
    client.force_login(nurse)
    covariates = rows_of(client, "api-patient")[0]["covariates"]
    assert covariates == {
        "bmi": {"value": "27.5", "missing": None},
        "arm": {"value": "nail", "missing": None},
        "asa": {"value": None, "missing": "not_recorded"},
        "age": {"value": "100", "missing": None},
    }
    assert list(covariates) == list(given)


def test_a_procedure_has_the_fields_of_the_list_and_no_others(client, nurse, visit):
    client.force_login(nurse)
    assert rows_of(client, "api-procedure") == [
        {
            "id": str(visit.procedure_id), "site": "north", "study": "hips",
            "patient": str(visit.procedure.patient_id), "kind": "pdn", "performed_on": "2024-03-01",
            "performed_precision": "day", "is_index": True, "version": 1,
        }
    ]  # fmt: skip


def test_a_visit_says_what_was_planned_and_what_was_done(client, nurse, visit):
    client.force_login(nurse)
    answer = rows_of(client, "api-visit")[0]
    assert answer.pop("recorded_at").endswith("Z")
    assert answer == {
        "id": str(visit.pk), "site": "north", "study": "hips", "patient": str(visit.procedure.patient_id),
        "procedure": str(visit.procedure_id), "timepoint": "w6", "timepoint_asserted": True, "visited_on": None,
        "visited_precision": None, "day": 40, "window": "inside", "window_reason": "", "missed": None, "version": 1,
    }  # fmt: skip


def test_an_unscheduled_visit_has_no_timepoint(client, nurse, visit):
    build_visit(procedure=visit.procedure, timepoint=None, day=9, scores={"pain": 1})
    client.force_login(nurse)
    assert sorted(str(row["timepoint"]) for row in rows_of(client, "api-visit")) == ["None", "w6"]
    assert sorted(str(row["timepoint"]) for row in rows_of(client, "api-score")) == ["None", "w6", "w6"]


def test_scores_are_plain_strings_or_a_reason(client, nurse, visit):
    client.force_login(nurse)
    pain, opioid = (rows_of(client, "api-score", instrument=key)[0] for key in ("pain", "opioid"))
    assert (pain["value"], pain["missing"]) == ("3", None)
    assert (opioid["value"], opioid["missing"]) == (None, "refused")
    assert pain.keys() == {
        "id", "site", "study", "patient", "procedure", "visit", "timepoint", "instrument", "instrument_version",
        "value", "missing", "derived", "version",
    }  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_another_sites_rows_are_in_no_list_and_at_no_address(client, nurse, neighbour, visit, theirs, name):
    client.force_login(nurse)
    assert {row["site"] for row in rows_of(client, name)} == {"north"}
    address = reverse(f"{name}-detail", args=[ids_of(theirs)[name]])
    assert client.get(address).status_code == 404
    client.force_login(neighbour)
    assert client.get(address).json()["site"] == "south"


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("who", ["pool", "nobody"])
def test_who_may_not_see_patients_gets_empty_lists(client, request, visit, who, name):
    client.force_login(request.getfixturevalue(who))
    assert rows_of(client, name) == []
    assert client.get(reverse(f"{name}-detail", args=[ids_of(visit)[name]])).status_code == 404


@pytest.mark.parametrize("name", ROWS)
def test_a_detail_is_the_row_of_the_list(client, nurse, visit, name):
    client.force_login(nurse)
    row = client.get(reverse(f"{name}-detail", args=[ids_of(visit)[name]])).json()
    assert row in rows_of(client, name)


@pytest.mark.parametrize("name", ROWS)
def test_a_token_for_rows_reads_them_and_one_for_results_does_not(client, nurse, north, visit, name):
    assert rows_of(client, name, headers=bearer(nurse, north))
    header = bearer(nurse, north, scopes=["read:results"])
    for address in (reverse(f"{name}-list"), reverse(f"{name}-detail", args=[ids_of(visit)[name]])):
        answer = client.get(address, headers=header)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/scope-missing/")


@pytest.mark.parametrize("name", ROWS)
def test_a_token_of_a_study_sees_no_other_study(client, nurse, north, visit, name):
    other = build_study(slug="other", site=north)
    assert rows_of(client, name, headers=bearer(nurse, north, study=other)) == []
    assert rows_of(client, name, headers=bearer(nurse, north, study=visit.procedure.patient.study))


@pytest.mark.parametrize("name", ROWS)
def test_a_token_cannot_raise_its_users_rights_to_another_site(client, nurse, south, visit, theirs, name):
    assert rows_of(client, name, headers=bearer(nurse, south)) == []


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_a_revoked_or_expired_token_is_nobody(client, nurse, north, visit, change):
    header = bearer(nurse, north)
    ApiToken.objects.update(**change)
    answer = client.get(reverse("api-patient-list"), headers=header)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_token_notes_when_it_was_used(client, nurse, north, visit):
    client.get(reverse("api-patient-list"), headers=bearer(nurse, north))
    assert ApiToken.objects.get().last_used_at is not None


@pytest.mark.parametrize("name", [name for name in ROWS if name != "api-visit"])
def test_rows_are_read_and_not_written(client, admin, visit, name):
    client.force_login(admin)
    list_address, address = reverse(f"{name}-list"), reverse(f"{name}-detail", args=[ids_of(visit)[name]])
    assert client.post(list_address, {}, content_type="application/json").status_code == 405
    for method in (client.put, client.patch, client.delete):
        assert method(address, {}, content_type="application/json").status_code == 405


@pytest.mark.parametrize("name", ROWS)
def test_the_number_of_queries_does_not_grow_with_the_number_of_rows(client, nurse, north, study, name):
    settled(client, nurse)
    counted = []
    covariate = Covariate.objects.create(study=study, name="age", label="Age", kind="integer")
    for _ in range(2):
        values = [
            patients.covariate_value(patient=procedure.patient, covariate=covariate, value=Decimal(60))
            for procedure in build_cohort_rows(study, north, 7)
        ]
        patients.record_covariates(values, by=people.system_user())
        with CaptureQueriesContext(connection) as queries:
            rows = rows_of(client, name)
        counted.append((len(rows), len(queries)))
    assert counted[1][0] == 2 * counted[0][0]
    assert counted[1][1] == counted[0][1]


def test_what_was_entered_in_error_is_left_out_with_all_that_hangs_on_it(client, nurse, visit):
    client.force_login(nurse)
    visits.mark_visit_as_error(visit, version=1, reason="another patient's", by=nurse)
    assert rows_of(client, "api-visit") == rows_of(client, "api-score") == []
    assert rows_of(client, "api-procedure") != []
    Procedure.objects.filter(pk=visit.procedure_id).update(error_marked_at=timezone.now())
    assert rows_of(client, "api-procedure") == []
    assert rows_of(client, "api-patient") != []


def test_a_withdrawn_patient_says_so(client, nurse, visit):
    standing.withdraw_patient(patient=visit.procedure.patient, on=date(2024, 5, 1), reason="moved away", by=nurse)
    client.force_login(nurse)
    row = rows_of(client, "api-patient")[0]
    assert (row["withdrawn_on"], row["withdrawn_reason"]) == ("2024-05-01", "moved away")
