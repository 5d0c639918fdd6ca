"""Poison among good jobs, under three dispatchers: each is tried three times at most, and every good job is done once.

The worker goes on all the while: a job takes its own process down and no other.

./dev campaign poison [--poison 20] [--good 200] [--nights 20] [--seed N]
"""

import argparse
import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.celery import app
from registry import jobs, nightly
from registry.models import Job
from registry.nightly import SWEEP, Clock
from tests.campaigns.kills import counting
from tests.campaigns.ledger import Ledger, Tally, tally
from tests.campaigns.under_fire import Fire, programs, say
from tests.worker_apps.poisons import POISON, WAYS

SEED = 20260712
APP = "tests.worker_apps.poisons"
LEASE = 2
DISPATCHERS = 3


@dataclass
class Outcome:
    """What became of the poison, and of the good jobs beside it."""

    poison: int
    failed: int
    most_attempts: int
    without_words: int
    good: Tally
    starts: int
    seconds: float

    def line(self) -> str:
        return (
            f"{self.poison} poison jobs: {self.failed} failed in words, at most {self.most_attempts} attempts;"
            f" good: {self.good.done} of {self.good.asked} done, {self.good.doubled} doubled; the worker started"
            f" {self.starts} time(s); {self.seconds:.0f} s"
        )

    @property
    def is_kept(self) -> bool:
        good = self.good.done == self.good.asked and self.good.doubled == 0
        capped = self.failed == self.poison and self.most_attempts <= settings.JOB_MAX_ATTEMPTS
        return good and capped and (self.without_words, self.starts) == (0, 1)


def ask_mixed(ledger: Ledger, *, poison: int, good: int, seed: int) -> None:
    """All jobs in a random order, the four ways in turn."""
    random.seed(seed)
    ways = sorted(WAYS)
    order = [ways[number % len(ways)] for number in range(poison)] + [""] * good
    random.shuffle(order)
    for how in order:
        if how:
            jobs.ask(kind=POISON, params={"how": how}, site_ids=[ledger.site.pk], by=ledger.by)
        else:
            ledger.ask()


def poisoned(since: datetime):
    """The poison of this run."""
    return Job.objects.filter(kind=POISON, created_at__gte=since)


def run(*, poison: int, good: int, seed: int) -> Outcome:
    """The campaign, until nothing waits."""
    with (
        counting(only_effects=True) as ledger,
        programs(app=APP, dispatchers=DISPATCHERS, JOB_LEASE_SECONDS=str(LEASE)) as fire,
    ):
        began, since = time.monotonic(), timezone.now()
        ask_mixed(ledger, poison=poison, good=good, seed=seed)
        fire.until(lambda: not Job.objects.filter(state__in=Job.UNDER_WAY).exists(), 60 + 20 * poison)
        failed = poisoned(since).filter(state=Job.State.FAILED)
        most = max(poisoned(since).values_list("attempts", flat=True), default=0)
        silent = poisoned(since).filter(error="").count()
        starts = (fire.logs / "worker.log").read_text("utf-8").count(" ready.\n")
        return Outcome(poison, failed.count(), most, silent, tally(ledger), starts, time.monotonic() - began)


def without_cap(*, seconds: float) -> int:
    """Negative control: nobody counts the attempts; how often one poison job was tried."""
    before = settings.JOB_MAX_ATTEMPTS
    settings.JOB_MAX_ATTEMPTS = 1_000_000
    try:
        with (
            counting(only_effects=True) as ledger,
            programs(app=APP, dispatchers=0, JOB_LEASE_SECONDS="1", WITHOUT_CAP="1") as fire,
        ):
            job = jobs.ask(kind=POISON, params={"how": "kill"}, site_ids=[ledger.site.pk], by=ledger.by)
            dispatch_here(fire, job, more_than=before, seconds=seconds)
            Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED, finished_at=timezone.now())
            job.refresh_from_db()
            return job.attempts
    finally:
        settings.JOB_MAX_ATTEMPTS = before


def dispatch_here(fire: Fire, job: Job, *, more_than: int, seconds: float) -> None:
    """The dispatcher's work without its cap, until the job was tried more often than it may be."""
    with app.connection_for_write(fire.env["REDIS_URL"]) as broker:

        def tried_too_often() -> bool:
            jobs.sweep()
            jobs.ring(lambda kind, pk: app.send_task(kind, args=[pk], connection=broker))
            job.refresh_from_db()
            return job.attempts > more_than

        fire.until(tried_too_often, seconds)


def nights_asked(nights: int, clocks: int) -> int:
    """Several clocks tick through the same nights at once, one of them backwards; how many jobs come of it."""
    start = timezone.now() + timedelta(days=1000)
    before = Job.objects.filter(kind=SWEEP).count()
    barrier = threading.Barrier(clocks)

    def tick_through(order: range) -> None:
        try:
            for night in order:
                barrier.wait(30)
                Clock(lambda night=night: start + timedelta(days=night)).tick()
        finally:
            connection.close()

    orders = [range(nights) if number else range(nights - 1, -1, -1) for number in range(clocks)]
    threads = [threading.Thread(target=tick_through, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = Job.objects.filter(kind=SWEEP, idempotency_key__startswith=SWEEP)
    made = found.count() - before
    found.filter(state=Job.State.QUEUED).update(state=Job.State.CANCELLED, finished_at=timezone.now())
    return made


@contextmanager
def each_asks_anew() -> Iterator[None]:
    """Negative control: the key by which a night's work is one job is another each time."""
    before = nightly.ask_nightly
    nightly.ask_nightly = lambda night: before(f"{night} {uuid.uuid4()}")
    try:
        yield
    finally:
        nightly.ask_nightly = before


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev campaign poison")
    parser.add_argument("--poison", type=int, default=20)
    parser.add_argument("--good", type=int, default=200)
    parser.add_argument("--nights", type=int, default=20)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(argv)
    say(f"poison: seed {asked.seed}, {DISPATCHERS} dispatchers, leases of {LEASE} s")
    tried = without_cap(seconds=120)
    say(f"negative control, nobody counts: one poison job tried {tried} times (must be above 3)")
    found = run(poison=asked.poison, good=asked.good, seed=asked.seed)
    say(found.line())
    made = nights_asked(asked.nights, DISPATCHERS)
    say(f"{DISPATCHERS} clocks at once through {asked.nights} nights, one backwards: {made} jobs")
    with each_asks_anew():
        anew = nights_asked(asked.nights, DISPATCHERS)
    say(f"negative control, a key of its own for each who asks: {anew} jobs (must be above {asked.nights})")
    kept = found.is_kept and made == asked.nights < anew and tried > settings.JOB_MAX_ATTEMPTS
    say("kept" if kept else "BROKEN")
    return 0 if kept else 1
