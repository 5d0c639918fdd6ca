"""./dev bench walls: what the walls between sites cost, beside the same questions with the site asked for by hand.

Invented visits at several sites, a fifth of them at the reader's. Each question in three ways: within one site's walls;
the same with the walls taken down and `site_id = ...` written into it; and as the pages ask it, with the reader's sites
in the query and the walls around it. Then pages over HTTP's front door, with the walls and without. The rows found are
compared; the exit code is 1 where they differ. Median of the repeats; never asserted by time.

    ./dev bench walls [--visits N] [--repeats N]
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import contextmanager
from statistics import median
from time import perf_counter

from django.db import connection
from django.db.models import Count, QuerySet
from django.test import Client
from django.urls import reverse

import tests.bench  # noqa: F401 (sets Django up)
from config.walls import WALLS
from registry import walls
from registry.access import Role
from registry.models import FollowUpVisit, Patient, Procedure, Site, User
from tests.bench.parts.in_sql import fill
from tests.builders import build_member

SITES = ("one", "two", "three", "four", "five")
PAGES = ("patient-list", "worklist", "home", "api-visit-list")
# Each asks the queryset that it is given, and gives something to compare.
QUESTIONS: dict[str, tuple[type, Callable[[QuerySet], object]]] = {
    "count of the visits": (FollowUpVisit, lambda rows: rows.count()),
    "first page of the patients": (Patient, lambda rows: [row.pk for row in rows.order_by("study_number", "pk")[:50]]),
    "one patient by id": (Patient, lambda rows: rows.filter(pk=rows.first().pk).count()),
    "visits by kind of procedure": (
        FollowUpVisit, lambda rows: sorted(rows.values_list("procedure__kind").annotate(Count("pk")).order_by()),
    ),
    "procedures with their visits": (
        Procedure, lambda rows: rows.filter(visits__window="inside").distinct().count(),
    ),
}  # fmt: skip


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench walls")
    parser.add_argument("--visits", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args(argv)
    for name in SITES:
        fill(name, options.visits // len(SITES))
    site = Site.objects.get(code=SITES[0])
    reader = build_member("reader", site, Role.COORDINATOR)
    same = [line_of(name, site, reader, options.repeats) for name in QUESTIONS]
    pages(reader, options.repeats)
    return 0 if all(same) else 1


def line_of(name: str, site: Site, reader: User, repeats: int) -> bool:
    """One question in three ways; whether they found the same."""
    model, ask = QUESTIONS[name]
    with walls.at_sites([site.pk]):
        walled, found = timed(lambda: ask(model.objects.all()), repeats)
    with walls.at_sites([site.pk]):
        both, found_by_both = timed(lambda: ask(model.objects.visible_to(reader)), repeats)
    with walls_down():
        by_hand, found_by_hand = timed(lambda: ask(model.objects.filter(site=site)), repeats)
        scoped, _ = timed(lambda: ask(model.objects.visible_to(reader)), repeats)
    say(f"{name:30} walls {walled:7.2f} ms, by hand {by_hand:7.2f} ms, ratio {walled / by_hand:5.2f};"
        f" scoped within walls {both:7.2f} ms, scoped alone {scoped:7.2f} ms, ratio {both / scoped:5.2f}")  # fmt: skip
    return found == found_by_hand == found_by_both


def pages(reader: User, repeats: int) -> None:
    client = Client()
    client.force_login(reader)
    for name in PAGES:
        walled, _ = timed(lambda name=name: answered(client, name), repeats)
        with walls_down():
            without, _ = timed(lambda name=name: answered(client, name), repeats)
        say(f"{name:30} walls {walled:7.1f} ms, without {without:7.1f} ms, ratio {walled / without:5.2f}")


def answered(client: Client, name: str) -> int:
    answer = client.get(reverse(name), secure=True, headers={"host": "localhost"})
    if answer.status_code != 200:
        raise SystemExit(f"{name}: {answer.status_code}")
    return answer.status_code


@contextmanager
def walls_down():
    """The same database without its walls."""
    with connection.cursor() as cursor:
        for table in WALLS:
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for table in WALLS:
                cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def timed(ask: Callable[[], object], repeats: int) -> tuple[float, object]:
    """Milliseconds of the median, and what was found; once before that, unmeasured."""
    found, times = ask(), []
    for _ in range(repeats):
        begun = perf_counter()
        ask()
        times.append((perf_counter() - begun) * 1000)
    return median(times), found


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
