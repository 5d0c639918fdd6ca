"""What was asked of the queue, written down outside the database before the database is told; and what became of it."""

import hashlib
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from outcomes.asking import ANALYSE, ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.models import Result
from registry import jobs
from registry.access import Role
from registry.actions.people import system_user
from registry.models import Job
from reports.document_asking import ask_document
from reports.models import Document, DocumentFile
from tests.builders import build_cohort_rows, build_member, build_site, build_study
from tests.worker_apps.effects import EFFECT, effects

PLAN = {
    "name": "fire",
    "analyses": [
        {"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"},
        {"id": "change", "type": "wilcoxon_paired", "instrument": "pain", "pre": "preop", "post": "m3"},
    ],
}
DOCUMENT_EVERY = 25  # analyses


@dataclass
class Tally:
    """What the ledger's jobs came to."""

    asked: int = 0
    done: int = 0
    lost: int = 0
    doubled: int = 0
    half_files: int = 0
    asked_again: int = 0
    files: int = 0
    extra_runs: int = 0
    lost_ids: list[str] = field(default_factory=list)

    def line(self) -> str:
        return (
            f"{self.asked} jobs asked, {self.done} done, {self.lost} lost, {self.doubled} doubled,"
            f" {self.half_files} half files of {self.files}; {self.extra_runs} extra runs absorbed,"
            f" {self.asked_again} given up after three attempts and asked for again"
        )


class Ledger:
    """Asks for analyses and countable effects in turn, and for the files of some analyses."""

    def __init__(self, *, only_effects: bool = False):
        self.file = Path(tempfile.mkstemp(prefix="ledger-", suffix=".txt")[1])
        self.by, self.only_effects, self.documents = system_user(), only_effects, {}
        self.site = build_site("fire")
        build_member("fire-surgeon", self.site, Role.INVESTIGATOR)
        if not only_effects:
            study = build_study(slug="fire", site=self.site)
            build_cohort_rows(study, self.site, 6)
            self.cohort = visible_cohorts(self.by).get(slug="fire")

    def ask(self) -> Job:
        key = uuid.uuid4().hex
        with self.file.open("a") as file:
            file.write(f"{key}\n")
        if self.only_effects or len(self.keys()) % 2:
            return jobs.ask(kind=EFFECT, params={}, site_ids=[self.site.pk], by=self.by, idempotency_key=key)
        return ask_analysis(cohort=self.cohort, plan=self.plan(), by=self.by, idempotency_key=key)

    def plan(self) -> dict:
        """Under another name now and then: files of the same plan and the same rows are made once."""
        return PLAN | {"name": f"fire {len(self.keys()) // DOCUMENT_EVERY}"}

    def ask_documents(self) -> None:
        """The files of one analysis in twenty-five that are done and have none yet."""
        done = Job.objects.filter(kind=ANALYSE, state=Job.State.DONE).order_by("created_at")
        for analysis in done[::DOCUMENT_EVERY]:
            if analysis.pk not in self.documents:
                job = ask_document(analysis=analysis, profile=Document.Profile.TABLES, by=self.by)
                self.documents[analysis.pk] = job.pk

    def ask_again(self) -> None:
        """What a person does whose job was given up: nothing is lost, it failed in words."""
        for job in Job.objects.filter(state=Job.State.FAILED, retries=None, error__contains="attempts"):
            jobs.retry(job=job, by=self.by)

    def keys(self) -> list[str]:
        return self.file.read_text().split()

    def close(self) -> None:
        self.file.unlink()


def waiting() -> int:
    return Job.objects.filter(state__in=Job.UNDER_WAY).count()


def tally(ledger: Ledger) -> Tally:
    """Hold the ledger against the database."""
    keys, documents = ledger.keys(), set(ledger.documents.values())
    found = Tally(asked=len(keys) + len(documents))
    rows = {job.idempotency_key: job for job in Job.objects.filter(idempotency_key__in=keys)}
    files = {job.pk: job for job in Job.objects.filter(pk__in=documents)}
    for key in keys:
        count(found, rows.get(key), key)
    for pk in documents:
        count(found, files.get(pk), str(pk))
    found.extra_runs = sum(max(job.attempts - 1, 0) for job in [*rows.values(), *files.values()])
    found.doubled = doubled(rows.values())
    found.files, found.half_files = DocumentFile.objects.count(), half_files()
    return found


def count(found: Tally, job: Job | None, name: str) -> None:
    """Done, by itself or when it was asked for again; else lost."""
    while job is not None and job.state == Job.State.FAILED and (again := job.retries.first()):
        found.asked_again += 1
        job = again
    if job is not None and job.state == Job.State.DONE:
        found.done += 1
    else:
        found.lost += 1
        found.lost_ids.append(f"{name}: {job.state if job else 'not there'} {job.error if job else ''}")


def doubled(rows: Iterable[Job]) -> int:
    """Jobs that had their effect more often than once, or say that they are done and had none."""
    done = {
        kind: [job for job in rows if (job.kind, job.state) == (kind, Job.State.DONE)] for kind in (EFFECT, ANALYSE)
    }
    had, results = dict(effects()), Counter(Result.objects.values_list("job", flat=True))
    wrong = sum(had.get(str(job.pk), 0) != 1 for job in done[EFFECT])
    return wrong + sum(results[job.pk] != len(PLAN["analyses"]) for job in done[ANALYSE])


def half_files() -> int:
    """Files that are not what their document says, and documents that lack one."""
    wrong = 0
    for document in Document.objects.all():
        kept = {file.name: file for file in document.files.all()}
        for name, about in document.manifest.items():
            file = kept.pop(name, None)
            whole = file is not None and hashlib.sha256(bytes(file.content)).hexdigest() == about["sha256"]
            wrong += not (whole and file.size == about["size"] == len(file.content))
        wrong += len(kept)
    return wrong
