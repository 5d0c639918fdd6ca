"""The campaign of guesses, with fewer of them: ./dev campaign guesses has a thousand."""

from datetime import timedelta

import pytest

from registry.access import Role
from registry.actions.staff import begin_anew
from tests.builders import PASSWORD, build_member
from tests.campaigns import guesses
from tests.campaigns.guesses import ABSOLUTE, HASHERS, IDLE, LIMITS_OFF, LONG, MOST, evaluated, guess, lasts, somebody


@pytest.fixture(autouse=True)
def counted(settings):
    for name, value in HASHERS.items():
        setattr(settings, name, value)


@pytest.mark.django_db
def test_of_many_guesses_ten_are_evaluated_and_nobody_else_is_kept_out():
    found = guesses.guessed(100)
    print("100 guesses:", found)  # noqa: T201 (the figure of the promise)
    assert found["evaluated"] == MOST
    assert found["the same name in capitals"] == 0
    assert all(list(found.values())[2:]) and len(found) == 5


@pytest.mark.django_db
def test_of_guesses_from_many_addresses_a_hundred_a_day_are_evaluated():
    assert list(guesses.scattered(guesses.MOST_ANYWHERE + 20).values()) == [guesses.MOST_ANYWHERE, True]


@pytest.mark.django_db
def test_a_first_password_by_the_sites_admin_begins_the_count_over_all_addresses_anew(settings, north, admin):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_anywhere": "3/1d/key"}
    victim = build_member("Locked-out", north, Role.COORDINATOR)
    guesses.guess_from_everywhere(victim.username, 3)
    assert guesses.LOCKED in guesses.log_in(victim.username, PASSWORD).content.decode()
    first = begin_anew(user=victim, reason="guessed at", by=admin)
    assert guesses.got_in(guesses.log_in(victim.username, first))


@pytest.mark.django_db
def test_without_a_count_over_all_addresses_every_such_guess_is_evaluated(settings):
    """Negative control."""
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_anywhere": None}
    count = guesses.MOST_ANYWHERE + 20
    assert evaluated(lambda: guesses.guess_from_everywhere(somebody("victim").username, count)) == count


@pytest.mark.django_db(transaction=True)
def test_guesses_that_arrive_together_are_counted_one_by_one():
    assert 0 < evaluated(lambda: guesses.guess_at_once(somebody("victim").username, 60)) <= MOST


@pytest.mark.django_db
def test_without_the_limit_every_guess_is_evaluated(settings):
    """Negative control."""
    settings.ACCOUNT_RATE_LIMITS = LIMITS_OFF["ACCOUNT_RATE_LIMITS"]
    assert evaluated(lambda: guess(somebody("victim").username, 25)) == 25


@pytest.mark.django_db(transaction=True)
def test_where_guesses_cannot_be_counted_none_is_evaluated():
    assert guesses.uncounted() == 0


@pytest.mark.django_db
def test_a_session_ends_half_an_hour_after_its_last_use_and_half_a_day_after_the_log_in():
    assert lasts(every=IDLE, until=LONG) == IDLE
    assert lasts(every=timedelta(minutes=20), until=LONG) == ABSOLUTE


@pytest.mark.django_db
def test_without_the_time_outs_a_session_lives_on(settings):
    """Negative control."""
    settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE = LONG.total_seconds(), 2 * LONG.total_seconds()
    assert lasts(every=timedelta(hours=13), until=LONG) == LONG
