"""The number of queries of a page does not grow with the number of rows behind it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from registry.models import Job, Score
from tests.builders import build_cohort_rows, build_procedure, build_study, build_visit, run_job


def queries(client, address: str) -> int:
    """How many queries a page takes once it has been asked for before."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as taken:
        assert client.get(address).status_code == 200
    return len(taken)


@pytest.mark.parametrize("name", ["home", "patient-list", "cohort-list"])
def test_a_list_takes_as_many_queries_for_a_hundred_patients_as_for_ten(client, north, nurse, name):
    client.force_login(nurse)
    study = build_study(site=north)
    build_cohort_rows(study, north, 10)
    at_ten = queries(client, reverse(name))
    build_cohort_rows(study, north, 90)
    assert queries(client, reverse(name)) == at_ten


@pytest.mark.parametrize("name", ["home", "patient-list", "cohort-list"])
def test_a_list_takes_as_many_queries_for_ten_studies_as_for_two(client, north, nurse, name):
    client.force_login(nurse)
    for _ in range(2):
        build_cohort_rows(build_study(site=north), north, 1)
    at_two = queries(client, reverse(name))
    for _ in range(8):
        build_cohort_rows(build_study(site=north), north, 1)
    assert queries(client, reverse(name)) == at_two


@pytest.mark.parametrize("name", ["patient-detail", "visit-create", "visit-correct"])
def test_a_patients_pages_take_as_many_queries_among_a_hundred_and_with_more_visits(client, north, nurse, name):
    client.force_login(nurse)
    study = build_study(site=north)
    first, *_ = build_cohort_rows(study, north, 10, timepoints=("preop", "w6"))
    target = {"patient-detail": first.patient, "visit-create": first, "visit-correct": first.visits.last()}[name]
    at_ten = queries(client, reverse(name, args=[target.pk]))
    build_cohort_rows(study, north, 90)
    for timepoint in ("m3", "m6", "y1", "y2", None, None, None):
        build_visit(procedure=first, timepoint=timepoint, scores={"pain": 3, "opioid": "unknown"})
    assert queries(client, reverse(name, args=[target.pk])) == at_ten


def test_a_patient_with_two_procedures_is_shown_in_as_many_queries(client, north, nurse):
    client.force_login(nurse)
    (procedure,) = build_cohort_rows(build_study(site=north), north, 1)
    address = reverse("patient-detail", args=[procedure.patient_id])
    with_one = queries(client, address)
    second = build_procedure(patient=procedure.patient, is_index=False)
    build_visit(procedure=second, timepoint="w6", day=42, scores={"pain": 3})
    assert queries(client, address) == with_one


@pytest.mark.worker
def test_a_report_takes_as_many_queries_for_a_hundred_patients_as_for_ten(worker, client, north, surgeon):
    client.force_login(surgeon)
    study = build_study(slug="hips", site=north)
    address = reverse("cohort-report", args=["hips"])
    taken = []
    for more in (10, 90):
        build_cohort_rows(study, north, more)
        job = ask_analysis(cohort=visible_cohorts(surgeon).get(slug="hips"), plan=None, by=surgeon)
        assert run_job(job).state == Job.State.DONE
        taken.append(queries(client, address))
    assert Score.objects.count() == 100 * 3 * 2
    assert taken[0] == taken[1] < 25
