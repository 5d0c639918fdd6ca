"""Guesses at a password, from one address and from many threads; and how long a session lasts that nobody uses.

./dev campaign guesses [--guesses 1000]
"""

import argparse
import logging
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from registry.access import Role
from registry.models import User
from tests.builders import PASSWORD, build_member, build_site
from tests.campaigns.under_fire import say

DESK, HOME = "192.0.2.7", "198.51.100.9"
LOCKED = "Too many wrong attempts"
THREADS = 8
EVALUATED = Counter()
MOST, MOST_ANYWHERE = 10, 100
WINDOW = timedelta(minutes=15)
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
LONG = timedelta(days=3)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Counting(Argon2PasswordHasher):
    """The hasher in use, which counts how often a guess is really compared."""

    def verify(self, password: str, encoded: str) -> bool:
        EVALUATED["guesses"] += 1
        return super().verify(password, encoded)


HASHERS = {"PASSWORD_HASHERS": [f"{__name__}.Counting"], "SECURE_SSL_REDIRECT": False, "MFA_REQUIRED": False}
LIMITS_OFF = {"ACCOUNT_RATE_LIMITS": {"login": None, "login_failed": None}}


def somebody(name: str) -> User:
    """A coordinator whom no other test knows, with the hasher that counts."""
    return build_member(f"{name}-{uuid.uuid4().hex[:8]}", build_site("guessed"), Role.COORDINATOR)


def log_in(username: str, password: str, *, address: str = DESK, client: Client | None = None):
    client = client or Client(raise_request_exception=False, headers={"host": "localhost"})
    return client.post(reverse("login"), {"login": username, "password": password}, REMOTE_ADDR=address)


def got_in(answer) -> bool:
    return answer.status_code == 302


def evaluated(work) -> int:
    """How many guesses were compared while something was done."""
    before = EVALUATED["guesses"]
    work()
    return EVALUATED["guesses"] - before


def guess(username: str, count: int, *, address: str = DESK) -> None:
    """Wrong passwords, and the right one as the last."""
    for number in range(count - 1):
        log_in(username, f"a wrong guess {number}", address=address)
    answer = log_in(username, PASSWORD, address=address)
    assert LOCKED in answer.content.decode() or got_in(answer)


def guess_from_everywhere(username: str, count: int) -> None:
    """Wrong passwords, each from an address of its own."""
    for number in range(count):
        log_in(username, f"a wrong guess {number}", address=f"203.0.{number // 250 + 1}.{number % 250 + 1}")


def scattered(count: int) -> dict[str, object]:
    """What became of guesses from so many addresses, after right passwords, and of the person on the day after."""
    victim = somebody("victim")
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(MOST + 1):
            assert got_in(log_in(victim.username, PASSWORD)), "a right password is no guess"
        found = {"evaluated": evaluated(lambda: guess_from_everywhere(victim.username, count))}
        clock.shift(timedelta(days=1, seconds=1))
        found["the day after the person gets in"] = got_in(log_in(victim.username, PASSWORD))
    return found


def guess_at_once(username: str, count: int) -> None:
    """The same from many threads, each with a connection of its own."""

    def one(number: int) -> None:
        log_in(username, f"a wrong guess {number}")
        if number >= count - THREADS:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(count)))
        list(pool.map(lambda _: connection.close(), range(THREADS)))


def guessed(count: int) -> dict[str, object]:
    """What became of the guesses at one account, and of those who have nothing to do with it."""
    victim, colleague = somebody("victim"), somebody("colleague")
    with time_machine.travel(NOON, tick=False) as clock:
        found = {"evaluated": evaluated(lambda: guess(victim.username, count))}
        found["the same name in capitals"] = evaluated(lambda: guess(victim.username.upper(), 1))
        found["a colleague at the same address gets in"] = got_in(log_in(colleague.username, PASSWORD))
        found["the person herself from elsewhere gets in"] = got_in(log_in(victim.username, PASSWORD, address=HOME))
        clock.shift(WINDOW + timedelta(seconds=1))
        found["after the window the person gets in"] = got_in(log_in(victim.username, PASSWORD))
    return found


def uncounted() -> int:
    """How many guesses are evaluated where they cannot be counted: the table is away."""
    victim = somebody("victim")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE registry_cache RENAME TO registry_cache_away")
    try:
        return evaluated(lambda: log_in(victim.username, PASSWORD))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE registry_cache_away RENAME TO registry_cache")


def lasts(*, every: timedelta, until: timedelta) -> timedelta:
    """How long a session is good for that is used so often."""
    client = Client(headers={"host": "localhost"})
    with time_machine.travel(NOON, tick=False) as clock:
        assert got_in(log_in(somebody("nurse").username, PASSWORD, client=client))
        gone = timedelta(0)
        while gone < until:
            clock.shift(every)
            gone += every
            if client.get(reverse("home")).status_code != 200:
                return gone
    return until


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="guesses")
    parser.add_argument("--guesses", type=int, default=1000)
    count = parser.parse_args(argv).guesses
    logging.disable()  # each guess is a line of the log
    with override_settings(**HASHERS):
        found = guessed(count)
        at_once = evaluated(lambda: guess_at_once(somebody("victim").username, count))
        idle, absolute = lasts(every=IDLE, until=LONG), lasts(every=timedelta(minutes=20), until=LONG)
        closed, anywhere = uncounted(), scattered(count)
        with override_settings(**LIMITS_OFF):
            without = evaluated(lambda: guess(somebody("victim").username, min(count, 100)))
        with override_settings(SESSION_IDLE_SECONDS=LONG.total_seconds(), SESSION_COOKIE_AGE=LONG.total_seconds() * 2):
            endless = lasts(every=timedelta(hours=13), until=LONG)
    say(f"{count} guesses at one account from one address within 15 minutes: {found}")
    say(f"{count} guesses in {THREADS} threads: {at_once} evaluated; where they cannot be counted: {closed}")
    say(f"{count} guesses from as many addresses within a day: {anywhere}")
    say(f"unused, a session is dead after {idle}; used every 20 minutes, after {absolute}")
    say(f"negative controls: limits off, {without} of {min(count, 100)} evaluated; time-outs off, it lives {endless}")
    kept = found["evaluated"] <= MOST and not found["the same name in capitals"] and all(list(found.values())[2:])
    ends = (idle, absolute) == (IDLE, ABSOLUTE) and endless == LONG
    kept = kept and anywhere["evaluated"] <= MOST_ANYWHERE and anywhere["the day after the person gets in"]
    return 0 if kept and ends and at_once <= MOST and closed == 0 and without == min(count, 100) else 1
