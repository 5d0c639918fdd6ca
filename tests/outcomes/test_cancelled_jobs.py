"""A job that is stopped leaves nothing, whether it waits or runs; one that failed is tried again, by whom it is of."""

import pytest

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.models import Freeze, Result
from outcomes.tasks import analyse
from registry import jobs
from registry.models import Job, User
from tests import builders
from tests.builders import build_cohort_rows, build_study, publish_apart

ANALYSES = 300
SLOW, UNGUARDED = (f"tests.worker_apps.{name}" for name in ("slow", "unguarded"))
ONE = {"id": "k", "type": "describe_by_timepoint", "instrument": "pain"}


@pytest.fixture
def ask(north, surgeon):
    """A function that asks for a plan of as many analyses as are wanted."""
    study = build_study(slug="one", site=north)
    build_cohort_rows(study, north, 10)
    cohort = visible_cohorts(surgeon).get(slug="one")

    def of(analyses: int = 1, by: User = surgeon) -> Job:
        entries = [ONE | {"id": f"k{number}"} for number in range(analyses)]
        return ask_analysis(cohort=cohort, plan={"name": "many", "analyses": entries}, by=by)

    return of


def run_until(job: Job, reached) -> Job:
    return builders.run_until(job, reached, publish=publish_apart)


def assert_nothing_is_kept(job: Job) -> None:
    """The guarantee: the job stays stopped, and neither a result nor a freeze of it is there."""
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert not Result.objects.exists() and not Freeze.objects.exists()


def stopped_in_the_middle(job: Job, worker) -> str:
    """Stop a job that a worker is at; what the worker says until it has put it down."""
    run_until(job, lambda job: job.state == Job.State.RUNNING and job.steps_done > 10)
    jobs.cancel(job=job, by=job.requested_by)
    words = ""
    for line in worker.stdout:
        words += line
        if "succeeded" in line or "raised unexpected" in line:
            break
    return words


@pytest.mark.worker
def test_a_running_worker_notices_that_its_job_was_stopped_and_keeps_nothing(ask, workers):
    job = ask(ANALYSES)
    words = stopped_in_the_middle(job, workers(app=SLOW))

    assert_nothing_is_kept(job)
    assert "claim lost" in words
    job.refresh_from_db()
    assert 10 < job.steps_done < ANALYSES
    next_one = run_until(ask(), lambda job: job.is_over)
    assert next_one.state == Job.State.DONE


@pytest.mark.worker
def test_a_worker_that_does_not_look_keeps_what_was_stopped(ask, workers):
    """Negative control of the test above: without the claim the results of a stopped job are kept."""
    job = ask(ANALYSES)
    stopped_in_the_middle(job, workers(app=UNGUARDED))

    with pytest.raises(AssertionError):
        assert_nothing_is_kept(job)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_is_stopped_while_it_waits_is_never_begun(ask, surgeon):
    job = ask()
    jobs.cancel(job=job, by=surgeon)
    analyse(str(job.pk))

    assert_nothing_is_kept(job)
    assert job.attempts == 0
    with pytest.raises(jobs.TooLate):
        jobs.cancel(job=job, by=surgeon)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_is_done_cannot_be_stopped_nor_tried_again_nor_can_another_persons(ask, surgeon, admin):
    job, other = ask(), ask()
    analyse(str(job.pk))
    with pytest.raises(jobs.TooLate):
        jobs.cancel(job=job, by=surgeon)
    with pytest.raises(jobs.TooLate):
        jobs.retry(job=job, by=surgeon)
    with pytest.raises(jobs.TooLate):
        jobs.cancel(job=other, by=admin)
    with pytest.raises(Job.DoesNotExist):
        jobs.retry(job=other, by=admin)
    assert Result.objects.filter(job=job).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_failed_job_is_tried_again_once_until_that_fails_too(ask, surgeon):
    job = ask()
    jobs.fail(jobs.claim(job.pk), "The printer is on fire.")
    first, same = (jobs.retry(job=job, by=surgeon) for _ in range(2))
    assert first == same and first.retry_of == job
    assert (first.kind, first.params, first.site_ids) == (job.kind, job.params, job.site_ids)

    jobs.cancel(job=first, by=surgeon)
    second = jobs.retry(job=job, by=surgeon)
    analyse(str(second.pk))
    assert second != first
    assert Result.objects.get().job == second


@pytest.mark.django_db
def test_the_place_in_the_queue_counts_those_that_were_asked_before_and_still_wait(ask, surgeon):
    first, second, third = ask(), ask(), ask()
    jobs.claim(first.pk)

    places = dict(Job.objects.with_place().filter(state=Job.State.QUEUED).values_list("pk", "place"))

    assert places == {second.pk: 1, third.pk: 2}
