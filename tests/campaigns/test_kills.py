"""The campaign of kills, with few of them: ./dev campaign kills has two hundred."""

import pytest

from tests.campaigns import kills

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_job_is_lost_doubled_or_half_written_while_workers_and_redis_are_killed():
    found, longest = kills.run(kills=4, jobs=20, seed=kills.SEED)
    assert (found.done, found.lost, found.doubled, found.half_files) == (found.asked, 0, 0, 0)
    assert found.files > 0
    assert longest <= kills.LONGEST_SILENCE


def test_a_queue_that_trusts_its_broker_loses_jobs_to_the_same_kills():
    """Negative control."""
    assert kills.trusting_the_broker(kills=1, jobs=60).lost > 0


def test_without_claim_and_fence_what_is_rung_for_twice_is_done_twice():
    """Negative control."""
    assert kills.without_claim(jobs=10).doubled > 0
