"""Asks for the overview of each cohort, as a reader of its report would, and waits for the answers."""

from django.core.management.base import BaseCommand, CommandError

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.waiting import GaveUpWaiting, wait_for
from registry.actions.people import system_user
from registry.models import Job


class Command(BaseCommand):
    help = "Compute the report of each cohort (or of those named) through the queue and a worker."

    def add_arguments(self, parser):
        parser.add_argument("--cohort", action="append", metavar="SLUG", default=[])
        parser.add_argument("--wait", type=float, default=600, metavar="SECONDS")

    def handle(self, *, cohort: list[str], wait: float, **options):
        by = system_user()
        cohorts = {row.slug: row for row in visible_cohorts(by)}
        unknown = sorted(set(cohort) - set(cohorts))
        if unknown:
            raise CommandError(
                f"There is no cohort {', '.join(unknown)}. Cohorts here: {', '.join(cohorts) or 'none'}."
            )
        asked = {slug: ask_analysis(cohort=cohorts[slug], plan=None, by=by) for slug in cohort or cohorts}
        for slug, job in asked.items():
            try:
                over = wait_for(job.pk, seconds=wait)
            except GaveUpWaiting as error:
                raise CommandError(str(error)) from error
            if over.state != Job.State.DONE:
                raise CommandError(f"The report of {slug} failed (job {job.pk}). {over.error}")
            self.stdout.write(f"{slug}: {over.results.count()} results.")
