"""Writes a dump of the database, and a manifest that a restore is held against."""

from pathlib import Path

import psycopg
from django.core.management.base import BaseCommand, CommandError

from config.backup import CannotBackUp, back_up


class Command(BaseCommand):
    help = "Back the database up into a folder, while people work. Keep folder and encryption keys apart."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder: Path, **options):
        try:
            made = back_up(folder)
        except (CannotBackUp, psycopg.Error, OSError) as error:
            raise CommandError(f"No backup was made. {error}") from error
        rows = sum(table["rows"] for table in made["tables"].values())
        self.stdout.write(
            f"{folder / made['dump']}: {len(made['tables'])} tables, {rows} rows, {made['bytes'] / 1e6:.1f} MB,"
            f" {made['seconds']:.1f} s."
        )
