"""A worker that stands still beside waiting messages ends, so that another is started; one that works is let be."""

import subprocess
import uuid

import pytest
from celery import current_app
from celery.worker import state

from config.watchdog import ENDS_WITHIN, LOOKS_EVERY, STANDS_STILL_AFTER, STARTS_WITHIN, Stillness
from tests.builders import APART, publish_apart

UNWATCHED = "tests.worker_apps.unwatched"
SOON = STARTS_WITHIN + ENDS_WITHIN + 3 * LOOKS_EVERY


def stands_still(worker: subprocess.Popen) -> None:
    """It takes nothing any more from its queue, and something is put there."""
    asked = (current_app.control.cancel_consumer(APART, reply=True, timeout=2) for _ in range(10))
    answers = next(filter(None, asked), [])  # one that is ready may not listen to its control yet
    assert answers and all("ok" in answer for each in answers for answer in each.values())
    publish_apart("registry.sweep", str(uuid.uuid4()))


@pytest.mark.worker
def test_a_worker_that_takes_nothing_that_waits_for_it_ends(workers):
    worker = workers()
    stands_still(worker)
    worker.wait(timeout=SOON + 10)
    assert "the worker stands still beside waiting messages" in worker.stdout.read()


@pytest.mark.worker
def test_a_worker_without_a_watchdog_stands_still_for_ever(workers):
    """Negative control."""
    worker = workers(app=UNWATCHED)
    stands_still(worker)
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(timeout=SOON)


@pytest.fixture
def clock(monkeypatch):
    """(what the worker is seen to do, a stillness that is asked at moments of our own)"""
    monkeypatch.setattr(state, "total_count", {})
    monkeypatch.setattr(state, "active_requests", set())
    moments, waits = iter(range(100)), [True]
    return waits, Stillness(lambda: waits[0], lambda: float(next(moments)))


def test_the_time_counts_in_which_messages_waited_and_nothing_was_done(clock):
    _, stillness = clock
    assert [stillness.seconds() for _ in range(3)] == [0.0, 1.0, 2.0]


def test_a_worker_that_may_still_be_starting_is_given_longer(clock):
    _, stillness = clock
    assert [stillness.is_too_long() for _ in range(12)] == [second >= STARTS_WITHIN for second in range(12)]
    state.total_count["a task"] = 1
    stillness.seconds()
    assert [stillness.is_too_long() for _ in range(6)] == [second >= STANDS_STILL_AFTER for second in range(6)]


def test_a_task_that_was_taken_or_is_worked_on_and_an_empty_queue_begin_it_anew(clock):
    waits, stillness = clock
    for _ in range(3):
        stillness.seconds()
    state.total_count["a task"] = 1
    assert [stillness.seconds() for _ in range(2)] == [0.0, 0.0]
    state.active_requests.add("a request")
    assert stillness.seconds() == 0.0
    state.active_requests.clear()
    assert stillness.seconds() == 0.0
    waits[0] = False
    assert stillness.seconds() == 0.0
