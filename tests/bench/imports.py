"""How long a file of 10 000 rows and 10 columns takes from upload to undo, and how many queries each step asks.

./dev bench imports [rows]
"""

import sys
import time

from django.db import connection

import tests.bench  # noqa: F401 (sets Django up)
from registry.access import Role
from registry.actions.imports import commit_batch, map_columns, upload_file
from registry.models import Instrument
from tests.builders import build_member, build_site, build_study
from tests.registry.imports.staged import csv_file, step, undone

TIMEPOINT = "w6"


def scales(site) -> list[Instrument]:
    """Nine scales from 0 to 10 that no rule holds against each other."""
    about = {"site": site, "minimum": 0, "maximum": 10, "step": 1}
    return [Instrument.objects.create(key=f"scale_{number}", name=f"Scale {number}", **about) for number in range(9)]


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def measured(words: str, work):
    """Do it, and say how long it took and what it asked of the database."""
    count = 0

    def counting(execute, sql, params, many, context):
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    begun = time.perf_counter()
    with connection.execute_wrapper(counting):
        result = work()
    say(f"{words:<28} {time.perf_counter() - begun:8.2f} s {count:8} queries")
    return result


def file_of(rows: int, instruments: list[Instrument], shift: int) -> bytes:
    """One row a patient: a study number and nine scores at six weeks."""

    header = ("id", *(f"c{number}" for number in range(len(instruments))))
    return csv_file(
        header,
        *(
            (f"B-{place:06}", *(str((place + shift + number) % 11) for number in range(len(instruments))))
            for place in range(rows)
        ),
    )


def main(rows: int) -> None:
    site = build_site("bench")
    study = build_study(slug="bench", site=site, instruments=())
    instruments = scales(site)
    for each in instruments:
        study.asked.create(instrument=each, order=instruments.index(each))
    by = build_member("bencher", site, Role.COORDINATOR)
    columns = {f"c{number}": {"target": f"score.{each.key}", "timepoint": TIMEPOINT} for number, each in
               enumerate(instruments)}  # fmt: skip
    mapping = {"columns": {"id": {"target": "patient"}} | columns}
    for words, shift in (("new", 0), ("again, nothing changes", 0), ("every value changed", 1)):
        say(f"{rows} rows, {len(columns) + 1} columns: {words}")
        batch = upload_file(study=study, site=site, name="b.csv", content=file_of(rows, instruments, shift), by=by)
        batch = measured("  read", lambda batch=batch: step(batch))
        batch = map_columns(batch, mapping=mapping, by=by)
        batch = measured("  preview", lambda batch=batch: step(batch))
        say(f"  {batch.state} {batch.problem[:200]} {batch.preview.get('counts')} {batch.preview.get('error_rows')}")
        if batch.preview["nothing_to_do"] or batch.preview["error_rows"]:
            continue
        batch = commit_batch(batch, digest=batch.digest, reason="measured", by=by)
        batch = measured("  commit", lambda batch=batch: step(batch))
        say(f"  {batch.state} {batch.problem[:200]}")
    measured("  undo", lambda: undone(batch, by=by))


main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
