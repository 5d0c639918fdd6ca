"""Pages of the published papers: what they show, to whom, and that they can be asked for."""

import pytest
from django.urls import reverse

from outcomes.models import Cohort, Result
from outcomes.reproduction import results
from outcomes.running import run_job
from registry import jobs
from registry.actions import studies
from registry.models import Job
from reports.reproduction_views import in_words

PAGE = reverse("reproduction", args=["clunk2025"])


@pytest.fixture
def clunk(north, system) -> Cohort:
    studies.install_definitions(by=system)
    results.load_demonstration("clunk2025", by=system)
    return results.cohort_of("clunk2025", system)


def compute(client) -> Job:
    """Ask for the comparison on the page, and do the job as a worker would."""
    assert client.post(PAGE).status_code == 302
    job = Job.objects.latest("created_at")
    with jobs.claimed(job.pk) as claimed:
        run_job(claimed)
    return job


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_each_printed_number_with_the_computed_one_and_a_verdict(clunk, client, surgeon):
    client.force_login(surgeon)
    assert "Compute the comparison" in client.get(PAGE).content.decode()

    job = compute(client)
    page = client.get(PAGE)

    text = page.content.decode()
    result = Result.objects.get(job=job, analysis_id="operative_minutes_compared")
    assert f'<a href="{reverse("result-detail", args=[result.pk])}">0.00881</a>' in text
    assert [part.title for part in page.context["parts"]][:3] == ["Abstract", "Table 1", "Table 2"]
    assert page.context["failed"] == []
    assert "All 106 numbers that these invented rows were made to print are the same." in text
    assert "Synthetic demonstration data - no patients" in text
    differing = {(line.what, line.printed, line.computed) for line in page.context["apart"]}
    assert differing == {("CPAF (simple vs complex, 1 year)", "0.38", "0.3725"), ("AACCI (baseline)", "9", "9.5")}


@pytest.mark.django_db(transaction=True)
def test_a_number_that_must_be_the_same_and_is_not_is_said_at_the_top(clunk, client, surgeon):
    """A negative control: one patient's operative time is another than in the rows that print the paper's."""
    client.force_login(surgeon)
    value = clunk.studies.get().patients.first().covariate_values.get(covariate__name="operative_minutes")
    value.number += 400
    value.save()

    compute(client)
    page = client.get(PAGE)

    assert any(line.what.startswith("Operative time") for line in page.context["failed"])
    assert "numbers that must be the same are not" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_list_has_the_papers_of_the_readers_own_cohorts_alone(clunk, client, surgeon, neighbour):
    client.force_login(surgeon)
    compute(client)
    assert [paper["name"] for paper in client.get(reverse("reproduction-list")).context["papers"]] == ["clunk2025"]

    client.force_login(neighbour)
    assert client.get(reverse("reproduction-list")).context["papers"] == []
    assert client.get(PAGE).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_one_comparison_is_computed_at_a_time_and_a_coordinator_reads_it(clunk, client, surgeon, nurse):
    client.force_login(surgeon)
    client.post(PAGE)
    client.post(PAGE)
    assert Job.objects.count() == 1

    client.force_login(nurse)
    page = client.get(PAGE).content.decode()
    assert "See how far it is" in page and "Compute" not in page


@pytest.mark.django_db(transaction=True)
def test_a_users_own_plan_of_the_same_name_is_not_taken_for_the_papers(clunk, client, surgeon):
    plan = {"name": "clunk2025", "analyses": [{"id": "age", "type": "describe_by_timepoint", "instrument": "pain"}]}
    job = results.ask_analysis(cohort=clunk, plan=plan, by=surgeon)
    with jobs.claimed(job.pk) as claimed:
        run_job(claimed)

    client.force_login(surgeon)
    assert "Not computed yet" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("paper", ["singh2024", "..", "Clunk2025"])
def test_a_paper_that_is_not_there_is_not_found(client, surgeon, paper):
    client.force_login(surgeon)
    assert client.get(f"/reproductions/{paper}/").status_code == 404


def test_names_of_the_data_are_written_as_words():
    assert in_words("msts_item.emotional_acceptance") == "MSTS item: emotional acceptance"
