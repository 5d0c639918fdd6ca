"""Holds the stored record against every rule, as it is done every night."""

from django.core.management.base import BaseCommand, CommandError

from registry.actions.people import system_user
from registry.audit import through
from registry.models import Study
from registry.sweep import all_patients, sweep


class Command(BaseCommand):
    help = "Open a query for each rule that the record breaks, and close those that are mended. Twice is once."

    def add_arguments(self, parser):
        parser.add_argument("--study", default="", metavar="SLUG", help="only this study")

    def handle(self, *, study, **options):
        if study and not Study.objects.filter(slug=study).exists():
            raise CommandError(f"There is no study {study}.")
        patients = all_patients(study)
        with through("command"):
            done = sweep(patients, by=system_user())
        self.stdout.write(
            f"{len(patients)} patients: {done['opened']} queries opened, {done['closed']} closed,"
            f" {done['standing']} standing, {done['waived']} waived."
        )
