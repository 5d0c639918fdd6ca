"""The report of a new site, which runs the shipped plan of a sacroplasty registry."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from outcomes.running import run_job
from registry import jobs
from registry.access import Role
from registry.actions import patients, studies
from registry.models import Covariate, Job, Site, Study
from tests.builders import build_member, build_patient, build_procedure, build_visit

APPROACHES = ("short_axis", "long_axis", "transiliac", "short_axis", "long_axis", "transiliac")


@pytest.fixture
def study(transactional_db, system) -> Study:
    """Six patients with every covariate and three visits each."""
    studies.install_definitions(by=system)
    call_command("new_study", "sacrum", "--site", "east", verbosity=0)
    study = Study.objects.get(slug="sacrum")
    for number, approach in enumerate(APPROACHES):
        enrol(study, number, approach, system)
    return study


def enrol(study: Study, number: int, approach: str, by) -> None:
    patient = build_patient(study=study, site=study.sites.get(), study_number=f"E-{number}", sex="F")
    known = {"approach": approach, "ffp": "IIb" if number % 2 else "IVb", "bakker": "C3" if number > 3 else "A3",
             "cement_leakage": "yes" if number == 1 else "no", "readmission": "no"}  # fmt: skip
    values = [
        patients.covariate_value(patient=patient, covariate=Covariate.objects.get(study=study, name=name), value=value)
        for name, value in known.items()
    ]
    patients.record_covariates(values, by=by)
    procedure = build_procedure(patient=patient)
    for day, timepoint in ((0, "preop"), (30, "m1"), (90, "m3")):
        scores = {
            "pain": 8 - day // 15 - number % 2,
            "rmdq": 20 - day // 10,
            "odi": 60.5 - day / 4,
            "cms": 9 + day // 9,
        }
        build_visit(procedure=procedure, timepoint=timepoint, scores=scores,
                    visited_on=procedure.performed_on + timedelta(day))  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_new_sites_report_shows_the_default_plan_and_leaves_out_what_nobody_recorded(study, client):
    investigator = build_member("east", Site.objects.get(code="east"), Role.INVESTIGATOR)
    client.force_login(investigator)
    address = reverse("cohort-report", args=["sacrum"])
    assert client.post(address).status_code == 302
    job = Job.objects.get()
    with jobs.claimed(job.pk) as claimed:
        run_job(claimed)

    page = client.get(address)

    assert page.status_code == 200
    text = page.content.decode()
    assert "RMDQ, reported score" in text and "ODI, reported score" in text and "Clinical Mobility Scale" in text
    kinds = {result.analysis_id: result for result in job.results.all()}
    assert kinds["cement_leakage_by_approach"].payload["all"]["levels"]["yes"]["x"] == 1
    assert kinds["odi_over_time"].payload["m1"]["median"] == 53.0
    left_out = {each["id"] for each in kinds["odi_over_time"].envelope["left_out_of_plan"]}
    assert {"survival", "new_neurological_event_by_ffp", "balloon_assisted"} <= left_out
    assert not left_out & set(kinds)
