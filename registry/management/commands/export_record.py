"""Writes a study's record at a site into a file that imports back without a change."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registry.actions.people import system_user
from registry.imports.export import left_out, record_csv
from registry.models import StudySite


class Command(BaseCommand):
    help = "Export a study's record at a site as a CSV file; import_file reads it back without a change."

    def add_arguments(self, parser):
        parser.add_argument("study", metavar="STUDY")
        parser.add_argument("--site", required=True, metavar="CODE")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")

    def handle(self, *, study: str, site: str, out: Path, **options):
        row = StudySite.objects.filter(study__slug=study, site__code=site).select_related("study", "site").first()
        if row is None:
            raise CommandError(f"No site {site!r} enrols in a study {study!r}.")
        try:
            with out.open("x", encoding="utf-8", newline="") as file:
                file.writelines(record_csv(row.study, row.site, by=system_user()))
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{out}: {study} at {site}.")
        for what, count in left_out(row.study, row.site).items():
            if count:
                self.stdout.write(f"Left out: {count} {what}.")
