"""Loads the demonstration cohorts and people where they are absent."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registry.actions.people import system_user
from registry.clock import desk_day
from registry.demonstration import clunk, cox, gupta
from registry.demonstration.desk import load_desk
from registry.demonstration.load import load_study
from registry.demonstration.logins import keep_logins
from registry.demonstration.people import DEMO, load_people


class Command(BaseCommand):
    help = "Load three synthetic cohorts at three sites, a study that is being filled, and users to look with."

    def add_arguments(self, parser):
        parser.add_argument("--logins", type=Path, required=True, help="written once, with mode 0600, and kept")

    def handle(self, *, logins: Path, **options):
        by = system_user()
        for cohort in (clunk, cox, gupta):
            study = cohort.study()
            if load_study(study, by=by):
                self.stdout.write(f"{study.slug}: {len(study.patients)} invented patients at {study.site_code}.")
        if desk := load_desk(on=desk_day(), by=by):
            self.stdout.write(f"{desk.slug}: {len(desk.patients)} invented patients at {desk.site_code}.")
        if not logins.parent.is_dir():
            raise CommandError(f"The folder {logins.parent} is not there; make it first.")
        keep_logins(logins, lambda: load_people(DEMO, {"local": "Your own data"}, by=by))
