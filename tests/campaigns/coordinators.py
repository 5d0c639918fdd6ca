"""A hundred coordinators correct the same twenty visits through the web server: no accepted save is overwritten.

    ./dev campaign coordinators [--people 100] [--visits 20] [--seconds 300] [--think 5-10] [--seed N]

An update is lost where two accepted saves began from the same version: the second did not know of the first.
"""

import argparse
import http.client
import os
import random
import re
import shutil
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlsplit

from django.test import Client
from django.urls import reverse

from config.places import private, temporary_folder
from config.programs import address, listen, web
from config.supervisor import Supervisor
from registry.access import Role
from registry.models import FollowUpVisit
from tests.builders import build_member, build_patient, build_procedure, build_site, build_study, build_visit
from tests.campaigns.under_fire import say
from tests.conftest import test_database_url

SEED = 20260714
P95, P99 = 0.5, 1.5
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
VERSION = re.compile(rb'name="version"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="version"')
FORM = {"timepoint": "w6", "visited_on": "2024-04-12", "missing_opioid": "not_recorded", "reason": "campaign"}


@dataclass
class Seen:
    """What all coordinators saw together."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    accepted: Counter = field(default_factory=Counter)
    statuses: Counter = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    kept_words: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """The figures."""

    saves: int
    refused: int
    kept_words: int
    lost: int
    server_errors: int
    unexpected: dict[int, int]
    wrong_versions: int
    p95: float
    p99: float
    problems: list[str]

    def line(self) -> str:
        return (
            f"{self.saves} saves accepted, {self.refused} refused as stale ({self.kept_words} with what was typed still"
            f" on the screen), {self.lost} lost updates, {self.wrong_versions} visits whose version miscounts"
            f" their saves, {self.server_errors} x 5xx, other answers {self.unexpected or 'none'}; a save took"
            f" {self.p95 * 1000:.0f} ms (p95), {self.p99 * 1000:.0f} ms (p99)"
        )

    @property
    def is_safe(self) -> bool:
        typed = self.kept_words == self.refused
        return (self.lost, self.server_errors, self.wrong_versions) == (0, 0, 0) and typed and not self.unexpected


class Coordinator(threading.Thread):
    """Opens a visit, thinks, saves; where somebody was quicker, looks at both and saves again later."""

    def __init__(self, at: str, cookie: str, visits: list[str], seen: Seen, ends: float, think: tuple, seed: int):
        super().__init__(daemon=True)
        parts = urlsplit(at)
        self.host, self.cookie, self.visits, self.seen = parts.netloc, cookie, visits, seen
        self.ends, self.think, self.random = ends, think, random.Random(seed)
        self.csrf = ""

    def run(self) -> None:
        while time.monotonic() < self.ends:
            try:
                self.correct(self.random.choice(self.visits))
            except (OSError, http.client.HTTPException, AttributeError, TypeError) as error:
                with self.seen.lock:
                    self.seen.problems.append(f"{type(error).__name__}: {error}"[:100])

    def correct(self, visit: str) -> None:
        path = reverse("visit-correct", args=[visit])
        status, page = self.ask("GET", path)
        with self.seen.lock:
            self.seen.statuses["GET", status] += 1
        base, token = version_in(page), TOKEN.search(page)[1].decode()
        time.sleep(self.random.uniform(*self.think))
        typed = str(self.random.randint(0, 10))
        form = FORM | {"score_pain": typed, "version": base, "submission_key": str(uuid.uuid4())}
        began = time.monotonic()
        status, page = self.ask("POST", path, urllib.parse.urlencode(form | {"csrfmiddlewaretoken": token}))
        took = time.monotonic() - began
        with self.seen.lock:
            self.seen.took.append(took)
            self.seen.statuses["POST", status] += 1
            if status == 302:
                self.seen.accepted[visit, base] += 1
            elif status == 409:
                self.seen.kept_words += f'value="{typed}"'.encode() in page

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        cookies = "; ".join(filter(None, [self.cookie, self.csrf]))
        headers = {"Cookie": cookies, "Referer": f"http://{self.host}{path}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            page = answer.read()
            for name, value in answer.getheaders():
                if name == "Set-Cookie" and value.startswith("csrftoken="):
                    self.csrf = value.split(";")[0]
            return answer.status, page
        finally:
            connection.close()


def version_in(page: bytes) -> str:
    found = VERSION.search(page)
    return (found[1] or found[2]).decode()


@contextmanager
def served(app: str, processes: int) -> Iterator[str]:
    """The real web server, or that of another module."""
    folder, supervisor = temporary_folder(None), Supervisor(lambda line: None)
    env = os.environ | {"DATABASE_URL": test_database_url(), "LOG_LEVEL": "ERROR"}
    try:
        with listen(None) as listener:
            program = web(env, private(folder / "logs"), listener, processes=processes)
            argv = tuple(app if part == "config.wsgi:application" else part for part in program.argv)
            supervisor.start(replace(program, argv=argv))
            yield address(listener)
    finally:
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)


def hot_visits(count: int) -> list[str]:
    """Visits of one site that everybody wants to correct."""
    site = build_site("hot")
    study = build_study(site=site, instruments=("pain", "opioid"))
    made = []
    for _ in range(count):
        procedure = build_procedure(patient=build_patient(study=study, site=site), performed_on=date(2024, 3, 1))
        scores = {"pain": 3, "opioid": "not_recorded"}
        made.append(str(build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores=scores).pk))
    return made


def cookie_of(number: int) -> str:
    """A session of one of the coordinators."""
    client = Client()
    client.force_login(build_member(f"hot-{number}", build_site("hot"), Role.COORDINATOR))
    return f"sessionid={client.cookies['sessionid'].value}"


def run(*, people: int, visits: int, seconds: float, think: tuple, seed: int, app: str = "config.wsgi:application"):
    """The campaign; its figures."""
    hot = hot_visits(visits)
    cookies = [cookie_of(number) for number in range(people)]
    seen = Seen()
    with served(app, processes=2) as at:
        ends = time.monotonic() + seconds
        crowd = [Coordinator(at, cookie, hot, seen, ends, think, seed + place) for place, cookie in enumerate(cookies)]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join()
    return outcome(seen, hot)


def outcome(seen: Seen, hot: list[str]) -> Outcome:
    saves = sum(seen.accepted.values())
    by_visit = Counter()
    for (visit, _), count in seen.accepted.items():
        by_visit[visit] += count
    versions = {
        str(pk): version for pk, version in FollowUpVisit.objects.filter(pk__in=hot).values_list("pk", "version")
    }
    took = sorted(seen.took) or [0.0]
    expected = {("GET", 200), ("POST", 302), ("POST", 409)}
    return Outcome(
        saves=saves,
        refused=seen.statuses["POST", 409],
        kept_words=seen.kept_words,
        lost=saves - len(seen.accepted),
        server_errors=sum(count for (_, status), count in seen.statuses.items() if status >= 500),
        unexpected={status: count for (how, status), count in seen.statuses.items() if (how, status) not in expected},
        wrong_versions=sum(versions[visit] != 1 + by_visit[visit] for visit in hot),
        p95=took[int(0.95 * (len(took) - 1))],
        p99=took[int(0.99 * (len(took) - 1))],
        problems=seen.problems,
    )


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev campaign coordinators")
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--visits", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--think", default="5-10", help="seconds, from-to")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(argv)
    think = tuple(float(part) for part in asked.think.split("-"))
    say(f"coordinators: seed {asked.seed}, {asked.people} people, {asked.visits} visits, {asked.seconds} s")
    loose = run(people=8, visits=2, seconds=10, think=(0.1, 0.3), seed=asked.seed, app=UNCHECKED)
    say(f"negative control, without the version check: {loose.lost} of {loose.saves} lost (must be above 0)")
    found = run(people=asked.people, visits=asked.visits, seconds=asked.seconds, think=think, seed=asked.seed)
    say(found.line())
    for problem, count in Counter(found.problems).most_common(5):
        say(f"  {count} x {problem}")
    quick = found.p95 <= P95 and found.p99 <= P99
    say(f"p95 at most {P95 * 1000:.0f} ms and p99 at most {P99 * 1000:.0f} ms: {'yes' if quick else 'NO'}")
    kept = found.is_safe and not found.problems and loose.lost > 0
    say("kept" if kept and quick else "kept, but slower than promised" if kept else "BROKEN")
    return 0 if kept and quick else 1


UNCHECKED = "tests.worker_apps.unchecked_web:application"
