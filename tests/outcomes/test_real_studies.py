"""Three real studies from file to answer: imported, queued, frozen, counted, computed; against R and SciPy."""

import json
import math

import pytest
from django.core.management import call_command

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.management.commands.analyse_study import document_of
from registry.actions.people import system_user
from registry.models import Job
from tests.builders import run_job

STUDIES = {"licorice_gargle_ruetzler2013": 22, "acupuncture_vickers2004": 20, "nhs_proms_2018_19": 31}


def disagreements(expected, found, path: str = "") -> list[str]:
    """Where a result lacks a key of the reference, or differs by more than 1e-9 (absolute and relative)."""
    if isinstance(expected, dict):
        return [
            line
            for key, value in expected.items()
            for line in disagreements(value, found.get(key, "absent"), f"{path}/{key}")
        ]
    if isinstance(expected, list):
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for place, (one, two) in pairs for line in disagreements(one, two, f"{path}[{place}]")]
    if isinstance(expected, int | float) and isinstance(found, int | float):
        same = math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-9 if abs(expected) > 1e-6 else 0)
    else:
        same = expected == found
    return [] if same else [f"{path}: expected {expected!r}, found {found!r}"]


@pytest.mark.worker
@pytest.mark.parametrize("study", STUDIES)
def test_every_analysis_of_a_real_study_agrees_with_the_reference(study, shared_data, worker):
    folder = shared_data / study
    call_command("import_study", str(folder), "--site", "local", verbosity=0)
    by = system_user()
    plan = json.loads((folder / "plan.json").read_text("utf-8"))

    job = run_job(ask_analysis(cohort=visible_cohorts(by).get(slug=study), plan=plan, by=by))

    assert job.state == Job.State.DONE, job.error
    expected = json.loads((folder / "expected.json").read_text("utf-8"))["results"]
    assert len(expected) == STUDIES[study]
    assert disagreements(expected, document_of(job)["results"]) == []


def test_the_comparison_sees_a_wrong_digit_and_a_missing_key():
    """Negative control."""
    assert disagreements({"p": 0.0123, "n": 3}, {"p": 0.01230001}) == [
        "/p: expected 0.0123, found 0.01230001",
        "/n: expected 3, found 'absent'",
    ]
