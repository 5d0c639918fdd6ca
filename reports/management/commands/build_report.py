"""Makes every file of a report, through the queue and a worker, as the pages do, and writes them to a folder."""

from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.models import Cohort, Freeze, Plan
from outcomes.own_plans import read_document
from outcomes.plans.errors import PlanError
from outcomes.plans.shipped import NAMES
from outcomes.waiting import GaveUpWaiting, wait_for
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.models import Job
from reports.document_asking import ask_document
from reports.models import Document


class Command(BaseCommand):
    help = (
        "Write the files of a cohort's report (PDF, DOCX, XLSX, HTML, data, manifest) to a folder, all made anew. Of a "
        "freeze whose files are kept already, they must be the same, byte for byte."
    )

    def add_arguments(self, parser):
        parser.add_argument("--cohort", required=True, metavar="SLUG", help="see list_cohorts")
        parser.add_argument("--plan", metavar="NAME|FILE", help=f"{', '.join(NAMES)}, a plan of the cohort, or a file; "
                            "without it, the cohort's report")  # fmt: skip
        parser.add_argument("--freeze", type=UUID, metavar="ID", help="a freeze that is kept; without it, a new one")
        parser.add_argument("--profile", choices=Document.Profile.values, default=Document.Profile.DEIDENTIFIED)
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--wait", type=float, default=600, metavar="SECONDS")

    def handle(self, *, cohort: str, plan: str | None, out: Path, wait: float, profile: str, freeze, **options):
        by = system_user()
        about = find(cohort)
        try:
            analysis = ask_analysis(cohort=about, plan=plan_of(about, plan), by=by, freeze=kept(about, freeze))
            self.ended(analysis, wait)
            job = ask_document(analysis=Job.objects.get(pk=analysis.pk), profile=profile, by=by, again=True)
            document = Document.objects.get(key=self.ended(job, wait).params["key"])
        except (PlanError, RegistryError, GaveUpWaiting) as error:
            raise CommandError(str(error)) from error
        out.mkdir(parents=True, exist_ok=True)
        for file in document.files.all():
            (out / file.name).write_bytes(bytes(file.content))
            self.stdout.write(f"{file.sha256}  {out / file.name}")

    def ended(self, job: Job, seconds: float) -> Job:
        """The job, once it is done. CommandError where it is not."""
        over = wait_for(job.pk, seconds=seconds, say=lambda words: self.stderr.write(words))
        if over.state != Job.State.DONE:
            raise CommandError(f"Job {over.pk}: {over.get_state_display()}. {over.error}")
        return over


def find(slug: str) -> Cohort:
    cohorts = visible_cohorts(system_user())
    found = cohorts.filter(slug=slug).first()
    if found is None:
        known = ", ".join(cohorts.values_list("slug", flat=True)) or "none"
        raise CommandError(f"There is no cohort {slug}. Cohorts here: {known}.")
    return found


def kept(cohort: Cohort, pk: UUID | None) -> Freeze | None:
    if pk is None:
        return None
    found = cohort.freezes.filter(pk=pk).first()
    if found is None:
        raise CommandError(f"The cohort {cohort.slug} has no freeze {pk}.")
    return found


def plan_of(cohort: Cohort, plan: str | None) -> dict | str | None:
    """A shipped plan's name, the document of the cohort's own plan, or what a file holds."""
    if plan is None or plan in NAMES:
        return plan
    own = Plan.objects.filter(cohort=cohort, slug=plan).first()
    if own is not None:
        return own.document
    try:
        return read_document(Path(plan).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, PlanError) as error:
        raise CommandError(f"{plan} is no plan by name, and cannot be read as a JSON plan: {error}") from error
