"""Calls by token are counted exactly, however many come at once; one export at a time."""

import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from registry import throttle
from registry.models import ApiToken, TokenCalls
from tests.programs import bearer

LIMIT = 10


@pytest.fixture
def header(surgeon, north, settings):
    settings.API_CALLS_PER_MINUTE = LIMIT
    return bearer(surgeon, north, scopes=["pull:rows"])


@pytest.fixture
def early(monkeypatch):
    """No minute ends while a test counts: what is counted is the hour."""
    monkeypatch.setattr(throttle, "COUNT", throttle.COUNT.replace("date_trunc('minute'", "date_trunc('day'"))


def test_the_call_after_the_last_is_refused_and_says_when_to_come_again(client, header, early):
    answers = [client.get(reverse("api-patient-list"), headers=header) for _ in range(LIMIT + 1)]
    assert [answer.status_code for answer in answers] == [200] * LIMIT + [429]
    problem = answers[-1].json()
    assert problem["type"] == "/problems/rate-limited/"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[0].headers["RateLimit-Policy"] == f'"minute";q={LIMIT};w=60'
    assert answers[0].headers["RateLimit"].startswith(f'"minute";r={LIMIT - 1};t=')
    assert answers[-1].headers["RateLimit"].startswith('"minute";r=0;t=')


def test_the_next_minute_has_its_own_calls(client, header):
    client.get(reverse("api-patient-list"), headers=header)
    TokenCalls.objects.update(calls=LIMIT, minute=timezone.now() - timedelta(minutes=2))
    assert client.get(reverse("api-patient-list"), headers=header).status_code == 200
    assert TokenCalls.objects.get().calls == 1


def test_a_person_in_a_session_is_not_counted(client, surgeon, header):
    client.force_login(surgeon)
    assert {client.get(reverse("api-patient-list")).status_code for _ in range(LIMIT + 3)} == {200}
    assert not TokenCalls.objects.exists()


def called(address: str, header: dict, start: threading.Barrier) -> int:
    start.wait()
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=header)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def statuses_of(live_server, header, calls: int) -> list[int]:
    """What real calls get that come at the same time."""
    address, start = live_server.url + reverse("api-patient-list"), threading.Barrier(calls)
    with ThreadPoolExecutor(calls) as threads:
        return sorted(threads.map(lambda _: called(address, header, start), range(calls)))


@pytest.mark.django_db(transaction=True)
def test_of_twice_as_many_calls_at_once_exactly_the_limit_passes(live_server, header, early):
    assert statuses_of(live_server, header, 2 * LIMIT) == [200] * LIMIT + [429] * LIMIT


@pytest.mark.django_db(transaction=True)
def test_a_count_that_is_read_and_then_written_lets_more_pass(live_server, header, early, monkeypatch):
    """The negative control: the same calls, counted in two statements."""

    def in_two_steps(token):
        row = TokenCalls.objects.filter(token=token).first()
        used = (row.calls if row else 0) + 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05)")
        TokenCalls.objects.update_or_create(token=token, defaults={"calls": used, "minute": timezone.now()})
        return throttle.Calls(used, LIMIT, 60)

    monkeypatch.setattr(throttle, "count", in_two_steps)
    assert statuses_of(live_server, header, 2 * LIMIT).count(200) > LIMIT


@pytest.mark.django_db(transaction=True)
def test_a_token_has_one_export_at_a_time(header):
    token, tried = ApiToken.objects.get(), []

    def beside():
        try:
            with throttle.one_at_a_time(token):
                tried.append("ran")
        except throttle.RateLimited as error:
            tried.append((error.status_code, error.wait, error.problem_type))
        finally:
            connection.close()

    with throttle.one_at_a_time(token):
        run(beside)
    run(beside)
    assert tried == [(429, throttle.WAIT_FOR_EXPORT, "rate-limited"), "ran"]


def run(work) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
