"""Restores a backup into an empty database, and says whether every table is what was dumped."""

from pathlib import Path

import psycopg
from django.core.management.base import BaseCommand, CommandError

from config.backup import CannotBackUp
from config.restore import restore


class Command(BaseCommand):
    help = "Restore the newest backup of a folder, or the one that is named, into an empty database."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("place", type=Path, metavar="DIR_OR_DUMP")

    def handle(self, *, place: Path, **options):
        try:
            made = restore(place)
        except (CannotBackUp, psycopg.Error, OSError) as error:
            raise CommandError(f"Not restored. {error}") from error
        self.stdout.write(
            f"{made['dump']}: restored in {made['seconds']:.1f} s; {len(made['tables'])} tables and all definitions are"
            " as they were dumped."
        )
        if made["missing"]:
            words = "Then run manage.py new_epoch, as programs that read the change feed have to pull everything again."
            self.stdout.write(f"{len(made['missing'])} migrations are newer: run manage.py migrate. {words}")
        else:
            self.stdout.write(f"Epoch {made['epoch']}: programs that read the change feed pull everything again.")
