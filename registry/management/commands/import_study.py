"""Brings a study folder into the record."""

from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from registry.actions.people import system_user
from registry.actions.studies import add_site
from registry.errors import RegistryError
from registry.imports.commit import import_folder
from registry.imports.study_folder import read_folder
from registry.models import Site

MOST_SHOWN = 20


class Command(BaseCommand):
    help = "Import a study folder (patients.csv, outcomes_long.csv, optional survival.csv, study.json), all or nothing."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--site", required=True, metavar="CODE", help="made where it is new")

    def handle(self, *, folder: Path, site: str, **options):
        try:
            read = read_folder(folder)
            with transaction.atomic():
                by = system_user()
                place = Site.objects.filter(code=site).first() or add_site(code=site, name=site, by=by)
                added = import_folder(read, site=place, by=by)
        except RegistryError as error:
            raise CommandError(in_words(error)) from error
        except ValidationError as error:
            raise CommandError("Nothing was imported.\n" + "\n".join(error.messages)) from error
        counts = ", ".join(f"{count} {name}" for name, count in added.items())
        self.stdout.write(f"{read.slug} at {place.code}: added {counts}.")


def in_words(error: RegistryError) -> str:
    """The first problems, a line each, and how many there are."""
    lines = str(error).splitlines()
    more = f"\n… and {len(lines) - MOST_SHOWN} more." if len(lines) > MOST_SHOWN else ""
    return "Nothing was imported.\n" + "\n".join(lines[:MOST_SHOWN]) + more
