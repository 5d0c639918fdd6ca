"""Kills worker groups, main processes, children and Redis while reports are made: no job is lost, none is done twice.

./dev campaign kills [--kills 200] [--jobs 1000] [--seed N]
"""

import argparse
import random
import time
from contextlib import contextmanager

from django.db.models import Sum

from config.broker import client
from config.celery import app
from registry.models import Job
from tests.campaigns.ledger import Ledger, Tally, tally, waiting
from tests.campaigns.under_fire import Fire, programs, say
from tests.worker_apps.effects import drop_table, make_table

WAYS = ("group", "main", "child", "redis")
LEASE = 10
BACKLOG = 20
DONE_BETWEEN = 3
LONGEST_SILENCE = 60.0
SEED = 20260711


@contextmanager
def counting(**options):
    """A ledger and the table of effects, taken away afterwards."""
    make_table()
    ledger = Ledger(**options)
    try:
        yield ledger
    finally:
        ledger.close()
        drop_table()


def attempts() -> int:
    """How often jobs were claimed so far."""
    return Job.objects.aggregate(n=Sum("attempts"))["n"] or 0


def done() -> int:
    return Job.objects.filter(state=Job.State.DONE).count()


def silence(fire: Fire, before: int) -> float:
    """How long it takes until a job is claimed again; there is one that waits."""
    began = time.monotonic()
    fire.until(lambda: attempts() > before or not waiting(), 2 * LONGEST_SILENCE)
    return time.monotonic() - began


def let_some_be_done(fire: Fire) -> None:
    """Between two kills work gets on, else the first jobs of the queue would be hit by every one of them."""
    over = done() + DONE_BETWEEN
    fire.until(lambda: done() >= over or not waiting(), LONGEST_SILENCE)


def kill_while_working(fire: Fire, ledger: Ledger, *, kills: int, jobs: int, seed: int) -> float:
    """Each kill hits programs that work: jobs were claimed since the kill before. The longest silence after a kill."""
    random.seed(seed)
    order = [WAYS[number % len(WAYS)] for number in range(kills)]
    random.shuffle(order)
    asked, longest = 0, 0.0
    for place, how in enumerate(order):
        while asked < jobs * (place + 1) // kills or (waiting() < BACKLOG and asked < jobs):
            ledger.ask()
            asked += 1
        ledger.ask_documents()
        ledger.ask_again()
        longest = max(longest, silence(fire, attempts()))
        let_some_be_done(fire)
        fire.rest(random.uniform(0, 0.4))
        fire.until(lambda how=how: fire.kill(how), 20)
    return longest


def drain(fire: Fire, ledger: Ledger, seconds: float) -> float:
    """Let all that was asked be done; how long that took."""
    began = time.monotonic()
    ledger.ask_documents()

    def is_empty() -> bool:
        ledger.ask_again()
        return waiting() == 0

    fire.until(is_empty, seconds)
    return time.monotonic() - began


def run(*, kills: int, jobs: int, seed: int) -> tuple[Tally, float]:
    """The campaign: what the jobs came to, and the longest silence after a kill."""
    with (
        counting() as ledger,
        programs(app="tests.worker_apps.effects", JOB_LEASE_SECONDS=str(LEASE)) as fire,
    ):
        began = time.monotonic()
        longest = kill_while_working(fire, ledger, kills=kills, jobs=jobs, seed=seed)
        took = time.monotonic() - began
        longest = max(longest, silence(fire, attempts()))
        drained = drain(fire, ledger, 600)
        found = tally(ledger)
        hit = ", ".join(f"{fire.counts.get(way, 0)} {way}" for way in WAYS)
        say(f"{sum(fire.counts.values())} kills ({hit}) in {took:.0f} s, all done {drained:.0f} s after the last")
    return found, longest


def trusting_the_broker(*, kills: int, jobs: int) -> Tally:
    """Negative control: each job is rung for once, and nobody sweeps; what a kill takes away stays away."""
    with (
        counting(only_effects=True) as ledger,
        programs(app="tests.worker_apps.effects", dispatchers=0, JOB_LEASE_SECONDS=str(LEASE)) as fire,
    ):
        rung_for(ledger, fire, jobs)
        for _ in range(kills):
            before = attempts()
            fire.until(lambda before=before: attempts() > before, 60)
            fire.kill("group")
        until_nothing_is_rung(fire)
        return tally(ledger)


def without_claim(*, jobs: int) -> Tally:
    """Negative control: no claim and no fence, and each job rung for twice."""
    with (
        counting(only_effects=True) as ledger,
        programs(app="tests.worker_apps.effects_unguarded", dispatchers=0) as fire,
    ):
        rung_for(ledger, fire, jobs, times=2)
        until_nothing_is_rung(fire)
        return tally(ledger)


def rung_for(ledger: Ledger, fire: Fire, jobs: int, *, times: int = 1) -> None:
    """Ask for jobs, and put their messages in the queue as often."""
    with app.connection_for_write(fire.env["REDIS_URL"]) as broker:
        for _ in range(jobs):
            job = ledger.ask()
            for _ in range(times):
                app.send_task(job.kind, args=[str(job.pk)], connection=broker)


def until_nothing_is_rung(fire: Fire) -> None:
    """The queue is empty, and what was taken from it is done."""
    queue = client(fire.env["REDIS_URL"])
    fire.until(lambda: queue.llen("celery") == 0, 60)
    fire.rest(2)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev campaign kills")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(argv)
    say(f"kills: seed {asked.seed}, leases of {LEASE} s")
    control = trusting_the_broker(kills=3, jobs=120)
    say(f"negative control, rung for once and never swept: {control.lost} of {control.asked} lost (must be above 0)")
    loose = without_claim(jobs=40)
    say(f"negative control, no claim and no fence: {loose.doubled} of {loose.asked} doubled (must be above 0)")
    found, longest = run(kills=asked.kills, jobs=asked.jobs, seed=asked.seed)
    say(found.line())
    for lost in found.lost_ids[:5]:
        say(f"  lost: {lost}")
    say(f"longest time without a claim after a kill: {longest:.1f} s (at most {LONGEST_SILENCE:.0f})")
    kept = (found.lost, found.doubled, found.half_files) == (0, 0, 0) and longest <= LONGEST_SILENCE
    seen = control.lost > 0 and loose.doubled > 0
    say("kept" if kept and seen else "BROKEN")
    return 0 if kept and seen else 1
