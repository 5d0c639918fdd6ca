"""A plan that says so is answered with what stands beside it; any other as it stands."""

import pytest

from outcomes.asking import ask_analysis
from outcomes.cohorts import make_default_cohorts
from outcomes.models import Cohort, Result
from outcomes.running import run_job
from registry import jobs
from tests.builders import build_cohort_rows, build_study

KRUSKAL = {"name": "one", "analyses": [{"id": "k", "type": "kruskal_dunn", "instrument": "pain"}]}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cohort(north) -> Cohort:
    build_cohort_rows(build_study(slug="one", site=north), north, 8)
    make_default_cohorts()
    return Cohort.objects.get(slug="one")


def results_of(cohort, plan, by):
    job = ask_analysis(cohort=cohort, plan=plan, by=by)
    with jobs.claimed(job.pk) as claimed:
        run_job(claimed)
    return Result.objects.filter(job=job).order_by("place")


def test_a_plan_with_the_switch_on_is_answered_with_what_stands_beside_it(cohort, surgeon):
    published, *others = results_of(cohort, KRUSKAL | {"beside": True}, surgeon)

    assert "beside" not in published.entry
    assert [result.entry["beside"] for result in others] == ["k"] * len(others)
    assert {"contrasts_from_baseline", "deaths_apart"} <= {result.type for result in others}
    assert all(result.payload["n"] == 8 for result in others if result.type == "deaths_apart")


def test_a_plan_with_the_switch_off_is_answered_as_it_stands(cohort, surgeon):
    assert [result.analysis_id for result in results_of(cohort, KRUSKAL, surgeon)] == ["k"]


def test_a_plan_whose_ids_leave_no_room_for_what_stands_beside_fails_in_words(cohort, surgeon):
    long = KRUSKAL["analyses"][0] | {"id": "k" * 200}
    job = ask_analysis(cohort=cohort, plan={"name": "one", "beside": True, "analyses": [long]}, by=surgeon)
    with jobs.claimed(job.pk) as claimed:
        run_job(claimed)
    job.refresh_from_db()
    assert (job.state, job.results.count()) == (job.State.FAILED, 0)
    assert "What stands beside this plan cannot be asked. kkkk" in job.error


def test_the_default_overview_is_answered_with_what_stands_beside_it(cohort, surgeon):
    entries = [result.entry for result in results_of(cohort, None, surgeon)]

    published = {entry["id"] for entry in entries if "beside" not in entry}
    beside = [entry["beside"] for entry in entries if "beside" in entry]
    assert published and beside
    assert set(beside) <= published
