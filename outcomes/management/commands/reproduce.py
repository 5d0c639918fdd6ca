"""Computes what the published papers print, on the demonstration cohorts, and compares number by number."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from outcomes.latest import results_of
from outcomes.plans.errors import PlanError
from outcomes.reproduction import results, words
from outcomes.reproduction.compare import Row
from outcomes.reproduction.mapping import PAPERS
from outcomes.waiting import GaveUpWaiting, wait_for
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.models import Job, User


class Command(BaseCommand):
    help = (
        "Run a paper's plan on its demonstration cohort (invented rows, loaded where absent) through the queue and a "
        "worker, and print every number of the paper beside the computed one. Fails where one that must be the same "
        "is not."
    )

    def add_arguments(self, parser):
        parser.add_argument("paper", nargs="*", metavar="PAPER", help=", ".join(PAPERS))
        parser.add_argument("--all", action="store_true", help="all the papers")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the comparison to a file too")
        parser.add_argument("--wait", type=float, default=600, metavar="SECONDS")

    def handle(self, *, paper: list[str], wait: float, json: Path | None, **options):
        papers = list(PAPERS) if options["all"] else list(dict.fromkeys(paper))
        if not papers or not set(papers) <= set(PAPERS):
            raise CommandError(f"Name one of the papers ({', '.join(PAPERS)}), or --all.")
        if json is not None and not json.parent.is_dir():
            raise CommandError(f"The folder {json.parent} is not there; make it first.")
        by = system_user()
        found = {name: self.reproduced(name, wait=wait, by=by) for name in papers}
        if json is not None:
            write(json, {name: document for name, (_, document) in found.items()})
        for name, (rows, _) in found.items():
            self.stdout.write(words.counts(name, rows))
        wrong = [words.what(row) for rows, _ in found.values() for row in rows if row.failed]
        if wrong:
            raise CommandError(f"These must be the same and are not: {'; '.join(wrong)}.")

    def reproduced(self, paper: str, *, wait: float, by: User) -> tuple[list[Row], dict]:
        """A paper's comparison, printed as it is made, and as a document."""
        if results.load_demonstration(paper, by=by):
            self.stderr.write(f"Loaded the demonstration cohort of {paper}: invented rows, no patients.")
        job = self.done(paper, wait=wait, by=by)
        kept = results_of(job)
        rows = results.compared(paper, kept)
        self.stdout.write(words.title(paper))
        for line in words.table(rows):
            self.stdout.write(line)
        self.stdout.write("")
        return rows, words.document(paper, rows, kept[0].envelope if kept else {})

    def done(self, paper: str, *, wait: float, by: User) -> Job:
        """The paper's job, once it is done. CommandError where it fails or does not end."""
        try:
            job = results.ask(paper, results.cohort_of(paper, by), by=by)
            job = wait_for(job.pk, seconds=wait, say=lambda said: self.stderr.write(said))
        except (PlanError, RegistryError, GaveUpWaiting) as error:
            raise CommandError(str(error)) from error
        if job.state != Job.State.DONE:
            raise CommandError(f"Job {job.pk} failed. {job.error}")
        return job


def write(path: Path, document: dict) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
