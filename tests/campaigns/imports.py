"""Imports that are bad in one place, and imports killed in the middle: no row of the record changes.

./dev campaign imports [--bad 500] [--killed 50] [--seed N]
"""

import argparse
import io
import random
import time
from collections import Counter
from dataclasses import dataclass

import openpyxl
import psycopg
from django.utils import timezone

from config.backup import conninfo, snapshot, table_hashes
from config.celery import app
from registry.actions.imports import STEP
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.models import ImportBatch, Job, Patient, Site, Study
from tests.builders import build_cohort_rows, build_site, build_study
from tests.campaigns.under_fire import Fire, programs, say
from tests.registry.imports.staged import HEADER, asked, committed, csv_file, previewed

SEED = 20260715
# Where a file waits, and who asked: what an import may write without writing into the record.
WAITING_ROOM = ("registry_importbatch", "registry_previewpage", "registry_columnmapping", "registry_job",
                "registry_trail", "pghistory_context", "django_session")  # fmt: skip
ROWS = 20
# (column, what is written there)
WRONG = [("value", "11"), ("value", "-1"), ("value", "three"), ("value", "3,5"), ("value", "1e400"), ("value", "NaN"),
         ("timepoint", "w99"), ("timepoint", "m3; DROP TABLE"), ("instrument", "no_such_instrument"),
         ("patient_id", ""), ("patient_id", "\u202eR-1"), ("value", "unknown reason")]  # fmt: skip


@dataclass
class Ground:
    """Where files are brought to."""

    site: Site
    study: Study
    by: object

    @classmethod
    def made(cls) -> "Ground":
        site = build_site("imports")
        study = build_study(site=site, instruments=("pain", "opioid"))
        build_cohort_rows(study, site, 10)
        return cls(site, study, system_user())


def record() -> dict[str, dict]:
    """The hash of every table of the record."""
    with snapshot() as (ours, _):
        found = table_hashes(ours)
    return {name: about for name, about in found.items() if not name.split(".")[1].startswith(WAITING_ROOM)}


def changed_rows(before: dict[str, dict], after: dict[str, dict]) -> int:
    """How many rows there are more or less; a table with as many but others counts as one."""
    tables = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    return sum(max(1, abs(before[name]["rows"] - after[name]["rows"])) for name in tables)


def good_rows(prefix: str, count: int) -> list[list[str]]:
    return [[f"{prefix}-{place:04}", "w6", "pain", str(place % 11)] for place in range(count)]


def bad_file(number: int, source: random.Random) -> tuple[str, bytes, str]:
    """A file of good rows, one of them wrong in one place; its name, its bytes, what is wrong."""
    rows = good_rows(f"B{number}", ROWS)
    column, value = source.choice(WRONG)
    rows[source.randrange(ROWS)][HEADER.index(column)] = value
    if number % 2:
        return f"bad-{number}.csv", csv_file(HEADER, *rows), f"{column} {value!r}"
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in [HEADER, *rows]:
        book.active.append(list(row))
    book.save(content)
    return f"bad-{number}.xlsx", content.getvalue(), f"{column} {value!r}"


def try_bad(ground: Ground, name: str, content: bytes) -> str:
    """Take a file as far as it goes, also where its page would not; 'refused' in words, or how far it got."""
    try:
        batch = previewed(content, study=ground.study, site=ground.site, by=ground.by, name=name)
        if batch.state != ImportBatch.State.PREVIEWED:
            return "refused" if batch.problem else "stuck"
        named = any(page.lines for page in batch.pages.filter(kind="error"))
        asked(batch, reason="campaign", by=ground.by)
    except RegistryError as error:
        return "refused" if str(error) else "without words"
    return "accepted" if not named else "accepted with errors"


def bad_imports(ground: Ground, *, count: int, seed: int) -> tuple[Counter, int, list[str]]:
    """What became of bad files, how many rows they changed, and what was wrong with those that were not refused."""
    source, ends, taken = random.Random(seed), Counter(), []
    before = record()
    for number in range(count):
        name, content, wrong = bad_file(number, source)
        end = try_bad(ground, name, content)
        ends[end] += 1
        if end != "refused":
            taken.append(wrong)
    return ends, changed_rows(before, record()), taken


def killed_imports(
    ground: Ground, *, count: int, seed: int, app_name: str = "config", rows: int = 400
) -> tuple[int, int]:
    """How many commits were killed in the middle, and how many rows that changed; then the import is let be."""
    source, killed, changed = random.Random(seed), 0, 0
    batch = asked(
        previewed(csv_file(HEADER, *good_rows("K", rows)), study=ground.study, site=ground.site, by=ground.by),
        reason="campaign", by=ground.by,
    )  # fmt: skip
    with programs(app=app_name, dispatchers=0, processes=1) as fire:
        before = record()
        for _ in range(3 * count):
            if killed == count or not kill_in_the_middle(fire, batch.job_id, source):
                break
            killed += 1
            changed += changed_rows(before, record())
            Job.objects.filter(pk=batch.job_id).update(state=Job.State.QUEUED, attempts=0, lease_until=None)
            if changed:  # the negative control has seen enough
                break
    Job.objects.filter(pk=batch.job_id, state__in=Job.UNDER_WAY).update(
        state=Job.State.CANCELLED, finished_at=timezone.now()
    )
    return killed, changed


def kill_in_the_middle(fire: Fire, job: object, source: random.Random) -> bool:
    """Ring for a commit, and kill -9 the process while its transaction writes; False where it was quicker."""
    before = Patient.objects.count()
    ring(fire, job)
    fire.until(lambda: Job.objects.filter(pk=job, state=Job.State.RUNNING).exists() or is_done(job), 60)
    # Rows that are seen already were written without a transaction.
    fire.until(lambda: is_writing() or Patient.objects.count() > before or is_done(job), 20)
    time.sleep(source.uniform(0, 0.25))
    if is_done(job):
        return False
    fire.kill("child")
    fire.until(lambda: not is_writing(), 20)
    return not is_done(job)


def ring(fire: Fire, job: object) -> None:
    with app.connection_for_write(fire.env["REDIS_URL"]) as broker:
        app.send_task(STEP, args=[str(job)], connection=broker)


def is_done(job: object) -> bool:
    return not Job.objects.filter(pk=job, state__in=Job.UNDER_WAY).exists()


def is_writing() -> bool:
    """Whether somebody else has rows of the record in an open transaction, or waits in one."""
    query = """SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_class ON pg_class.oid = relation
        JOIN pg_database ON pg_database.oid = pg_locks.database
        WHERE relname IN ('registry_patient', 'registry_score') AND mode = 'RowExclusiveLock'
        AND pid <> pg_backend_pid() AND datname = current_database())"""
    with psycopg.connect(conninfo()) as ours:
        return ours.execute(query).fetchone()[0]


def lets_through(ground: Ground) -> int:
    """The other way round: an import that nothing is wrong with changes rows."""
    before = record()
    committed(csv_file(HEADER, *good_rows("G", ROWS)), study=ground.study, site=ground.site, by=ground.by)
    return changed_rows(before, record())


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev campaign imports")
    parser.add_argument("--bad", type=int, default=500)
    parser.add_argument("--killed", type=int, default=50)
    parser.add_argument("--seed", type=int, default=SEED)
    asked_for = parser.parse_args(argv)
    ground = Ground.made()
    say(f"imports: seed {asked_for.seed}")
    killed, loose = killed_imports(ground, count=20, seed=asked_for.seed, app_name=TORN)
    say(f"negative control, a commit without its transaction: {loose} rows changed by {killed} kills (must be above 0)")
    ends, rows, taken = bad_imports(ground, count=asked_for.bad, seed=asked_for.seed)
    ended = ", ".join(f"{count} {end}" for end, count in ends.items())
    say(f"{asked_for.bad} bad files: {ended}; {rows} rows changed")
    for wrong, count in Counter(taken).items():
        say(f"  not refused: {count} x {wrong}")
    killed, torn = killed_imports(Ground.made(), count=asked_for.killed, seed=asked_for.seed)
    say(f"{killed} imports killed -9 in the middle: {torn} rows changed")
    kept = rows == 0 and torn == 0 and not taken and killed >= asked_for.killed and loose > 0
    say("kept" if kept else "BROKEN")
    return 0 if kept else 1


TORN = "tests.worker_apps.torn_imports"
