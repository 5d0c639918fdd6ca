"""A job is done once: through a killed worker, a silent one that comes back, and five deliveries of one message."""

import signal

import pytest

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.models import Freeze, Result
from registry.actions.people import system_user
from registry.models import Job
from tests import builders
from tests.builders import build_cohort_rows, build_site, build_study, publish_apart
from tests.conftest import stop

ANALYSES = 300
SLOW, UNGUARDED, POISONED = (f"tests.worker_apps.{name}" for name in ("slow", "unguarded", "poisoned"))


@pytest.fixture
def long_job(transactional_db) -> Job:
    """A job long enough to be interrupted in the middle."""
    site = build_site("north")
    study = build_study(slug="long", site=site)
    build_cohort_rows(study, site, 40)
    entries = [
        {"id": f"wilcoxon_{number}", "type": "wilcoxon_paired", "instrument": "pain", "pre": "preop", "post": "m3"}
        for number in range(ANALYSES)
    ]
    by = system_user()
    return ask_analysis(cohort=visible_cohorts(by).get(slug="long"), plan={"name": "long", "analyses": entries}, by=by)


def run_until(job: Job, reached) -> Job:
    """Do the dispatcher's work, for this test's own workers."""
    return builders.run_until(job, reached, publish=publish_apart)


def run_job(job: Job) -> Job:
    return run_until(job, lambda job: job.is_over)


def in_the_middle(job: Job) -> bool:
    return job.state == Job.State.RUNNING and job.steps_done > 10


def assert_done_once(job: Job) -> None:
    """The guarantee: the job is done, each analysis has one result, and there is one freeze."""
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert sorted(Result.objects.filter(job=job).values_list("place", flat=True)) == list(range(ANALYSES))
    assert Freeze.objects.count() == 1


@pytest.mark.worker
def test_a_worker_killed_in_mid_job_loses_nothing_and_the_job_is_done_once(long_job, workers):
    first = workers(app=SLOW, JOB_LEASE_SECONDS="2")
    run_until(long_job, in_the_middle)
    stop(first, signal.SIGKILL)
    long_job.refresh_from_db()
    assert long_job.state == Job.State.RUNNING, "the worker finished before it was killed"
    assert not Result.objects.exists()

    workers(JOB_LEASE_SECONDS="2")
    run_job(long_job)

    assert_done_once(long_job)
    assert long_job.attempts == 2


def assert_thrown_away(words: str) -> None:
    """The guarantee: a worker that lost its claim notices before it writes."""
    assert "claim lost" in words
    assert "raised unexpected" not in words


def silent_worker_comes_back(job: Job, workers, *, app: str) -> str:
    """One worker falls silent in mid-job, another takes over, the first one goes on; what that one says."""
    sleeper = workers(app=app, JOB_LEASE_SECONDS="2")
    run_until(job, in_the_middle)
    stop(sleeper, signal.SIGSTOP)
    Job.objects.filter(pk=job.pk).update(lease_until="2020-01-01T00:00Z")
    workers(app="config", JOB_LEASE_SECONDS="2")
    run_job(job)
    assert_done_once(job)
    stop(sleeper, signal.SIGCONT)
    words = ""
    for line in sleeper.stdout:
        words += line
        if "succeeded" in line or "raised unexpected" in line:
            return words
    return words


@pytest.mark.worker
def test_what_a_silent_worker_still_brings_is_thrown_away(long_job, workers):
    words = silent_worker_comes_back(long_job, workers, app=SLOW)

    assert_done_once(long_job)
    assert_thrown_away(words)


@pytest.mark.worker
def test_without_the_claim_the_silent_worker_writes_a_second_time(long_job, workers):
    """Negative control of the test above: a worker with neither claim nor fence writes the job a second time.

    Only the database's constraints, the last line, keep its rows out, and the task crashes on them.
    """
    words = silent_worker_comes_back(long_job, workers, app=UNGUARDED)

    assert "raised unexpected: IntegrityError" in words
    with pytest.raises(AssertionError):
        assert_thrown_away(words)


@pytest.mark.worker
def test_a_job_delivered_five_times_to_two_workers_is_claimed_once(long_job, workers):
    workers()
    workers()
    for _ in range(5):
        publish_apart(long_job.kind, str(long_job.pk))
    run_job(long_job)

    assert_done_once(long_job)
    assert long_job.attempts == 1


@pytest.mark.worker
def test_a_job_whose_plan_does_not_fit_fails_in_words(transactional_db, workers):
    workers()
    site = build_site("north")
    build_cohort_rows(build_study(slug="short", site=site), site, 3)
    plan = {"name": "wrong", "analyses": [{"id": "a", "type": "kruskal_dunn", "instrument": "no_such_instrument"}]}
    by = system_user()
    job = run_job(ask_analysis(cohort=visible_cohorts(by).get(slug="short"), plan=plan, by=by))

    assert job.state == Job.State.FAILED
    assert "no_such_instrument" in job.error and "pain" in job.error
    assert not Result.objects.exists()


@pytest.mark.worker
def test_poison_is_given_up_after_three_attempts_and_the_good_jobs_are_done(transactional_db, workers):
    site = build_site("north")
    build_cohort_rows(build_study(slug="short", site=site), site, 3)
    by = system_user()
    cohort = visible_cohorts(by).get(slug="short")
    plans = [{"name": name, "analyses": []} for name in ("good", "poison", "better")]
    workers(app=POISONED, JOB_LEASE_SECONDS="1")

    good, poison, better = [ask_analysis(cohort=cohort, plan=plan, by=by) for plan in plans]
    run_job(poison)

    assert (poison.state, poison.attempts) == (Job.State.FAILED, 3)
    assert "3 attempts" in poison.error
    assert [run_job(job).state for job in (good, better)] == [Job.State.DONE] * 2
