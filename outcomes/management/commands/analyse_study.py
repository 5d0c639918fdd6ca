"""Runs a plan on a study's cohort, through the queue and a worker, and writes the results as JSON."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.models import Result
from outcomes.own_plans import read_document
from outcomes.plans.errors import PlanError
from outcomes.plans.shipped import NAMES
from outcomes.waiting import GaveUpWaiting, wait_for
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.models import Job


class Command(BaseCommand):
    help = "Run the analyses of a plan on a study's cohort and write {results: {id: payload}} with the freeze's digest."

    def add_arguments(self, parser):
        parser.add_argument("name", help="the study's slug")
        parser.add_argument("--plan", required=True, help=f"a file, or a shipped plan: {', '.join(NAMES)}")
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--wait", type=float, default=600, metavar="SECONDS")

    def handle(self, *, name: str, plan: str, out: Path, wait: float, **options):
        by = system_user()
        cohort = visible_cohorts(by).filter(slug=name).first()
        if cohort is None:
            known = ", ".join(visible_cohorts(by).values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no study {name}. Studies here: {known}.")
        if not out.parent.is_dir():
            raise CommandError(f"The folder {out.parent} is not there; make it first.")
        try:
            job = ask_analysis(cohort=cohort, plan=plan if plan in NAMES else read_plan(Path(plan)), by=by)
            job = wait_for(job.pk, seconds=wait, say=lambda words: self.stderr.write(words))
        except (PlanError, RegistryError, GaveUpWaiting) as error:
            raise CommandError(str(error)) from error
        if job.state != Job.State.DONE:
            raise CommandError(f"Job {job.pk} failed. {job.error}")
        document = document_of(job)
        out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
        self.stdout.write(f"{out}: {len(document['results'])} results of freeze {document['freeze'][:12]}.")


def read_plan(path: Path) -> dict:
    """The plan in a file. CommandError for what is no document of a plan."""
    try:
        return read_document(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, PlanError) as error:
        raise CommandError(f"{path} cannot be read as a JSON plan: {error}") from error


def document_of(job: Job) -> dict:
    """The job's results by the ids of the plan, and what they were made from."""
    results = list(Result.objects.filter(job=job).order_by("place"))
    about = results[0].envelope if results else {}
    kept = ("freeze", "cohort", "sites", "plan", "preset", "program_version", "conventions", "computed_at")
    return {name: about.get(name) for name in kept} | {
        "job": str(job.pk),
        "results": {result.analysis_id: result.payload for result in results},
    }
