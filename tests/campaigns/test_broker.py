"""The campaign against Redis, with one blow of each kind: ./dev campaign broker has fifty-eight."""

import pytest

from tests.campaigns import broker

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_lost_and_no_page_waits_while_redis_is_killed_flushed_and_frozen():
    found = broker.run(restarts=1, flushes=1, freezes=1, frozen=4, seed=broker.SEED)
    assert (found.lost, found.doubled, found.wrong) == (0, 0, [])
    assert found.slowest <= broker.LONGEST_REQUEST
    assert found.requests > 0


def test_a_page_that_rang_the_bell_itself_would_wait_for_a_frozen_redis():
    """Negative control."""
    assert broker.published_in_the_request(4) > broker.LONGEST_REQUEST
