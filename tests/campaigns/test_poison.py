"""The campaign of poison, with one job of each kind: ./dev campaign poison has twenty among two hundred."""

import pytest
from django.conf import settings

from tests.builders import build_site
from tests.campaigns import poison

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_way_to_die_is_given_up_after_three_attempts_and_every_good_job_is_done_once():
    found = poison.run(poison=4, good=20, seed=poison.SEED)
    assert (found.failed, found.most_attempts, found.without_words) == (4, 3, 0)
    assert (found.good.done, found.good.lost, found.good.doubled) == (20, 0, 0)
    assert found.starts == 1, "the worker goes on"
    assert found.is_kept


def test_a_job_whose_attempts_nobody_counts_is_tried_again_and_again():
    """Negative control."""
    assert poison.without_cap(seconds=60) > settings.JOB_MAX_ATTEMPTS


def test_three_dispatchers_at_once_ask_for_a_nights_work_once_also_where_a_clock_runs_backwards():
    build_site("fire")
    assert poison.nights_asked(5, 3) == 5


def test_without_one_key_for_the_night_each_dispatcher_asks_for_it():
    """Negative control."""
    build_site("fire")
    with poison.each_asks_anew():
        assert poison.nights_asked(5, 3) == 15
