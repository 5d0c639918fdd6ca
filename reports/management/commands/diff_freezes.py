"""Writes what differs between two freezes of a cohort as CSV, with who changed it, when and why."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from outcomes.freezes import find_freeze, is_whole
from registry.errors import RegistryError
from reports.freeze_difference import write_csv


class Command(BaseCommand):
    help = "List what differs between two freezes of a cohort: dictionary, rows added and gone, and each changed cell."

    def add_arguments(self, parser):
        parser.add_argument("one", help="a freeze: its id, its digest, or COHORT/NAME")
        parser.add_argument("other")
        parser.add_argument("--out", type=Path, help="a file; without it, the lines are printed")

    def handle(self, *, one: str, other: str, out: Path | None, **options):
        try:
            before, after = sorted((find_freeze(one), find_freeze(other)), key=lambda each: each.made_at)
        except RegistryError as error:
            raise CommandError(str(error)) from error
        if before.cohort_id != after.cohort_id:
            raise CommandError("These are freezes of two cohorts; take two of one cohort.")
        if not (is_whole(before) and is_whole(after)):
            raise CommandError("One of them is not what its digest says; verify_freeze tells which.")
        if out is None:
            write_csv(before, after, self.stdout)
            return
        try:
            with out.open("w", encoding="utf-8", newline="") as file:
                counts = write_csv(before, after, file)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{out}: " + (", ".join(f"{n} {what}" for what, n in sorted(counts.items())) or "no change"))
