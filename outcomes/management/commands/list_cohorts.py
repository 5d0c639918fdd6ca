"""Prints the slug of each cohort, one a line, as other commands take it."""

from django.core.management.base import BaseCommand

from outcomes.cohorts import visible_cohorts
from registry.actions.people import system_user


class Command(BaseCommand):
    help = "List the cohorts, one slug a line. `build_report --cohort SLUG` makes the report of one."

    def handle(self, **options):
        for slug in visible_cohorts(system_user()).values_list("slug", flat=True):
            self.stdout.write(slug)
