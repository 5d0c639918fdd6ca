"""Asks for the overview of each cohort whose record has changed since its report, and waits for the answers."""

from django.core.management.base import BaseCommand, CommandError

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.latest import current_overview
from outcomes.waiting import GaveUpWaiting, wait_for
from registry.actions.people import system_user
from registry.models import Job


class Command(BaseCommand):
    help = (
        "Compute the reports that are not current (of all cohorts, or of those named) through the queue and a worker."
    )

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
        kept = {slug: current_overview(cohorts[slug], by) for slug in cohort or cohorts}
        asked = {slug: ask_analysis(cohort=cohorts[slug], plan=None, by=by) for slug in kept if not kept[slug]}
        for slug, results in kept.items():
            if results:
                self.stdout.write(f"{slug}: {len(results)} results, of the record as it still is.")
            else:
                self.stdout.write(f"{slug}: {results_of(asked[slug], slug, wait)} results.")


def results_of(job: Job, slug: str, seconds: float) -> int:
    """How many results the job has, once it is done."""
    try:
        over = wait_for(job.pk, seconds=seconds)
    except GaveUpWaiting as error:
        raise CommandError(str(error)) from error
    if over.state != Job.State.DONE:
        raise CommandError(f"The report of {slug} failed (job {job.pk}). {over.error}")
    return over.results.count()
