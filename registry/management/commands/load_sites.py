"""Loads the demonstration cohorts at sites of a multicentre demo, and the people of one instance."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registry.actions.people import system_user
from registry.demonstration.load import load_study
from registry.demonstration.logins import keep_logins
from registry.demonstration.people import at_centre, at_site, load_people
from registry.demonstration.sites import site_studies


class Command(BaseCommand):
    help = "Load invented patients at these sites, or the people of a pooling centre. Doing it again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("--site", action="append", default=[], metavar="CODE")
        parser.add_argument("--patients", type=int, default=150, help="of each site, over three studies")
        parser.add_argument("--centre", metavar="CODE", help="make the people of a pooling centre instead")
        parser.add_argument("--logins", type=Path, required=True, help="written once, with mode 0600, and kept")

    def handle(self, *, site, patients, centre, logins: Path, **options):
        if bool(site) == bool(centre):
            raise CommandError("Name sites with --site, or a pooling centre with --centre.")
        if not logins.parent.is_dir():
            raise CommandError(f"The folder {logins.parent} is not there; make it first.")
        by = system_user()
        for code in site:
            for study in site_studies(code, patients):
                if load_study(study, by=by):
                    self.stdout.write(f"{study.slug}: {len(study.patients)} invented patients at {code}.")
        who = at_centre(centre) if centre else tuple(each for code in site for each in at_site(code))
        keep_logins(logins, lambda: load_people(who, {}, by=by))
