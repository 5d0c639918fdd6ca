"""Freezes a cohort under a name, through the queue and a worker."""

from django.core.management.base import BaseCommand, CommandError

from outcomes.cohorts import visible_cohorts
from outcomes.freezes import ask_freeze, cite_as
from outcomes.models import FreezeName
from outcomes.waiting import GaveUpWaiting, wait_for
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.models import Job


class Command(BaseCommand):
    help = "Freeze a cohort's data as they are now, under a name, and print its id, its digest and how to cite it."

    def add_arguments(self, parser):
        parser.add_argument("cohort", help="the cohort's slug")
        parser.add_argument("--name", required=True, help="what it is made for; a cohort has each name once")
        parser.add_argument("--note", default="", help="why it is made now")
        parser.add_argument("--wait", type=float, default=600, metavar="SECONDS")

    def handle(self, *, cohort: str, name: str, note: str, wait: float, **options):
        by = system_user()
        found = visible_cohorts(by).filter(slug=cohort).first()
        if found is None:
            known = ", ".join(visible_cohorts(by).values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no cohort {cohort}. Cohorts here: {known}.")
        try:
            job = ask_freeze(cohort=found, name=name, note=note, by=by)
            job = wait_for(job.pk, seconds=wait, say=lambda words: self.stderr.write(words))
        except (RegistryError, GaveUpWaiting) as error:
            raise CommandError(str(error)) from error
        if job.state != Job.State.DONE:
            raise CommandError(f"Job {job.pk} did not make it: {job.error or job.get_state_display()}")
        named = FreezeName.objects.select_related("freeze").get(cohort=found, name=job.params["name"])
        self.stdout.write(f"{named.freeze_id} {named.freeze.digest}\n{cite_as(named.freeze, named.name)}")
