"""What the trail costs: writes a second with it and without it, and how fast it is verified.

Without: the triggers that pghistory itself would make, a row at a time and without a chain, on the same tables.

./dev bench trail [rows]
"""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import pghistory.trigger  # noqa: E402 (after the set-up)
import pgtrigger  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from registry.audit import recording  # noqa: E402
from registry.models import Patient  # noqa: E402
from registry.trail.keeping import Keeps  # noqa: E402
from registry.trail.verify import verify  # noqa: E402
from tests.builders import build_member, build_site, build_study  # noqa: E402

SINGLES = 300


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def installed(trigger) -> None:
    compiled = trigger.compile(Patient)
    with connection.cursor() as cursor:
        cursor.execute(str(compiled.install_sql))


def removed(trigger) -> None:
    with connection.cursor() as cursor:
        cursor.execute(str(trigger.compile(Patient).uninstall_sql))


def plain(keeps: Keeps) -> pghistory.trigger.Event:
    changed = pgtrigger.AnyChange() if keeps.operation == pgtrigger.Update else None
    row = "OLD" if keeps.operation == pgtrigger.Delete else "NEW"
    return pghistory.trigger.Event(
        event_model=keeps.event_model, label=keeps.label, name=f"plain_{keeps.label}", row=row, condition=changed,
        operation=keeps.operation,
    )  # fmt: skip


def rates(world: tuple, rows: int, mark: str) -> dict[str, float]:
    """Rows a second: entered at once, changed at once, and one transaction each."""
    site, study, by = world
    new = [Patient(site=site, study=study, study_number=f"{mark}-{number:07}") for number in range(rows)]
    found = {}
    for what, work, count in (
        ("entered in one transaction", lambda: Patient.objects.bulk_create(new, batch_size=2000), rows),
        ("changed by one statement", lambda: Patient.objects.filter(study_number__startswith=mark).update(sex="F"),
         rows),
    ):  # fmt: skip
        begun = time.perf_counter()
        with transaction.atomic(), recording(by=by):
            work()
        found[what] = count / (time.perf_counter() - begun)
    begun = time.perf_counter()
    for row in new[:SINGLES]:
        with transaction.atomic(), recording(by=by):
            Patient.objects.filter(pk=row.pk).update(sex="M")
    found["changed in a transaction each"] = SINGLES / (time.perf_counter() - begun)
    return found


def main(rows: int) -> None:
    site = build_site("bench")
    world = (site, build_study(slug="bench", site=site), build_member("bencher", site, "coordinator"))
    keeping = [trigger for model, trigger in pgtrigger.registered() if model is Patient and isinstance(trigger, Keeps)]
    rates(world, min(rows, 2000), "W")
    with_trail = rates(world, rows, "T")
    begun = time.perf_counter()
    verified = verify()
    took = time.perf_counter() - begun
    for trigger in keeping:
        removed(trigger)
        installed(plain(trigger))
    without = rates(world, rows, "P")
    for what, rate in with_trail.items():
        say(f"{what:<32} {rate:10,.0f} rows/s with the trail, {without[what]:10,.0f} before it:"
            f" {rate / without[what]:.2f} of it")  # fmt: skip
    say(f"verify: {verified.entries} entries in {took:.1f} s = {verified.entries / took:,.0f} a second,"
        f" {len(verified.breaks)} breaks")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
