"""Loads the demonstration cohorts and people where they are absent."""

import json
import os
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registry.actions.people import system_user
from registry.clock import desk_day
from registry.demonstration import clunk, cox, gupta
from registry.demonstration.desk import load_desk
from registry.demonstration.load import load_people, load_study


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
        if not logins.exists():
            with os.fdopen(os.open(logins, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(load_people(by=by), file, indent=1)
