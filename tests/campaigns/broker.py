"""Redis is killed, flushed and frozen while people ask for analyses: nothing is lost, and no page waits for it.

./dev campaign broker [--restarts 50] [--flushes 5] [--freezes 3] [--frozen 20] [--seed N]
"""

import argparse
import random
import re
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from kombu.exceptions import OperationalError

from config.broker import client
from config.celery import app
from config.demo_check import Answer, Visitor
from config.programs import address, listen, web
from registry.models import Job
from tests.builders import PASSWORD
from tests.campaigns.kills import attempts, counting
from tests.campaigns.ledger import ANALYSE, Ledger, tally, waiting
from tests.campaigns.under_fire import Fire, programs, say

SEED = 20260713
LONGEST_REQUEST = 3.0
LONGEST_SILENCE = 15.0
PAUSE = 0.5


@dataclass(eq=False)  # a thread is itself alone
class Asker(threading.Thread):
    """Somebody who asks for the report of a cohort through the web server, again and again, until told to stop."""

    at: str
    slug: str
    took: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)

    def __post_init__(self):
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.visitor = Visitor(self.at)

    def run(self) -> None:
        home = self.visitor.log_in("fire-surgeon", PASSWORD)
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', home.body)[1].decode()
        while not self.over.wait(PAUSE):
            self.timed(lambda: self.visitor.get("/"))
            self.timed(lambda: self.visitor.send(f"/cohorts/{self.slug}/report/", csrfmiddlewaretoken=token))

    def timed(self, ask: Callable[[], Answer]) -> None:
        began = time.monotonic()
        answer = ask()
        self.took.append(time.monotonic() - began)
        if answer.status >= 400:
            self.wrong.append(answer.status)


@dataclass
class Outcome:
    """What the jobs came to, how long requests took, and how long the worker stood still after each blow."""

    lost: int
    doubled: int
    asked: int
    blows: dict[str, int]
    requests: int
    slowest: float
    wrong: list[int]
    silence: dict[str, float]

    def line(self) -> str:
        hit = ", ".join(f"{count} {name}" for name, count in self.blows.items())
        again = ", ".join(f"{seconds:.1f} s after a {name}" for name, seconds in self.silence.items())
        return (
            f"{hit}; {self.asked} jobs, {self.lost} lost, {self.doubled} doubled; {self.requests} web requests, slowest"
            f" {self.slowest:.2f} s (at most {LONGEST_REQUEST:.0f}), {len(self.wrong)} not answered well; worker"
            f" claiming again at most {again} (at most {LONGEST_SILENCE:.0f})"
        )

    @property
    def is_kept(self) -> bool:
        safe = (self.lost, self.doubled, self.wrong) == (0, 0, [])
        return safe and self.slowest <= LONGEST_REQUEST and max(self.silence.values()) <= LONGEST_SILENCE


@contextmanager
def asked_over_the_web(fire: Fire, slug: str) -> Iterator[Asker]:
    """The web server with this fire's Redis, and somebody who uses it."""
    with listen(None) as listener:
        fire.supervisor.start(web(fire.env, fire.logs, listener, processes=1))
        asker = Asker(address(listener), slug)
        asker.start()
        try:
            yield asker
        finally:
            asker.over.set()
            asker.join(30)


def blow(fire: Fire, what: str, frozen: float) -> None:
    """Kill, flush or freeze Redis."""
    if what == "restart":
        fire.until(lambda: fire.kill("redis"), 20)
    elif what == "flush":
        client(fire.env["REDIS_URL"]).flushall()
    else:
        fire.freeze("redis", signal.SIGSTOP)
        fire.rest(frozen)
        fire.freeze("redis", signal.SIGCONT)


def order_of(blows: dict[str, int], seed: int) -> list[str]:
    random.seed(seed)
    order = [name for name, count in blows.items() for _ in range(count)]
    random.shuffle(order)
    return order


def strike(fire: Fire, ledger: Ledger, order: list[str], frozen: float) -> dict[str, float]:
    """Blow after blow, each upon programs that work again; the longest time until a job was claimed after one."""
    longest = dict.fromkeys(order, 0.0)
    for what in order:
        for _ in range(4):
            ledger.ask()
        blow(fire, what, frozen)
        before, began = attempts(), time.monotonic()
        ledger.ask()
        fire.until(lambda before=before: attempts() > before, 4 * LONGEST_SILENCE)
        longest[what] = max(longest[what], time.monotonic() - began)
    return longest


def run(*, restarts: int, flushes: int, freezes: int, frozen: float, seed: int) -> Outcome:
    """The campaign, until nothing waits."""
    blows = {"restart": restarts, "flush": flushes, "freeze": freezes}
    with (
        counting() as ledger,
        programs(app="tests.worker_apps.effects", processes=1) as fire,
        asked_over_the_web(fire, "fire") as asker,
    ):
        fire.until(lambda: bool(asker.took), 60)
        longest = strike(fire, ledger, order_of(blows, seed), frozen)
        fire.until(lambda: waiting() == 0, 300)
        found = tally(ledger)
        over_web = Job.objects.filter(kind=ANALYSE, idempotency_key="").exclude(state=Job.State.DONE)
        lost = found.lost + over_web.count()
        took = list(asker.took)
        return Outcome(lost, found.doubled, found.asked, blows, len(took), max(took), list(asker.wrong), longest)


def published_in_the_request(seconds: float) -> float:
    """Negative control: how long a page would take that rang the bell itself while Redis is frozen."""
    with counting(only_effects=True), programs(app="tests.worker_apps.effects", dispatchers=0, processes=1) as fire:
        fire.freeze("redis", signal.SIGSTOP)
        published = threading.Event()

        def publish() -> None:
            with suppress(OperationalError), app.connection_for_write(fire.env["REDIS_URL"]) as broker:
                app.send_task("nobody", args=[uuid.uuid4().hex], connection=broker)
            published.set()

        began = time.monotonic()
        thread = threading.Thread(target=publish, daemon=True)
        thread.start()
        fire.until(published.is_set, seconds)
        took = time.monotonic() - began
        fire.freeze("redis", signal.SIGCONT)
        fire.until(published.is_set, 30)
        return took


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev campaign broker")
    for name, count in (("restarts", 50), ("flushes", 5), ("freezes", 3), ("frozen", 20), ("seed", SEED)):
        parser.add_argument(f"--{name}", type=int, default=count)
    asked = parser.parse_args(argv)
    say(f"broker: seed {asked.seed}, freezes of {asked.frozen} s")
    took = published_in_the_request(10)
    say(f"negative control, a request that publishes: {took:.1f} s and more (must be above {LONGEST_REQUEST:.0f})")
    found = run(**vars(asked))
    say(found.line())
    kept = found.is_kept and took > LONGEST_REQUEST
    say("kept" if kept else "BROKEN")
    return 0 if kept else 1
