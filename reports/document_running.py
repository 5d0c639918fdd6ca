"""Makes a report's files: results and freeze -> contents -> files, kept with `done` in one transaction."""

from collections.abc import Sequence

from django.db import transaction

from outcomes import freeze
from outcomes.latest import results_of
from outcomes.models import Cohort, Freeze, Result
from registry import jobs
from registry.audit import recording
from registry.models import Job
from reports.document_asking import key_of, may_make
from reports.documents.files import File, Source, files_of
from reports.models import Document, DocumentFile
from reports.result_mapping import mapping_of

CHANGED = "Made again, {} not byte for byte what was kept. Nothing was changed; tell the administrator."


def run_job(job: Job) -> None:
    """Do what the job asks. JobFailed, in words, where a right is gone or what is made again is not the same."""
    analysis = Job.objects.get(pk=job.params["analysis"])
    cohort = Cohort.objects.get(pk=job.params["cohort"])
    if not may_make(cohort, job.site_ids, job.params["profile"], job.requested_by):
        raise jobs.JobFailed("The requester may no longer make these files at these sites.")
    results = results_of(analysis)
    if key_of(analysis, results, job.params["profile"]) != job.params["key"]:
        raise jobs.JobFailed("The program was changed since these files were asked for. Ask for them again.")
    files = made(job, analysis, results)
    keep(job, analysis, results[0].freeze, files)


def made(job: Job, analysis: Job, results: list[Result]) -> list[File]:
    """Every file, with progress."""
    kept = Freeze.objects.get(pk=results[0].freeze_id)
    source = Source(
        frozen=freeze.load(kept),
        manifest=kept.manifest_in_order,
        results=[as_mapping(result) for result in results],
        plan=analysis.params["plan"],
        profile=job.params["profile"],
        clock=kept.made_at,
    )
    return files_of(source, say=lambda done, total, step: jobs.progress(job, done, total, step))


def as_mapping(result: Result) -> dict:
    """A result as the pure side of reports takes it: without an address, which a file would carry into another year."""
    return {"id": result.analysis_id, **mapping_of(result)}


@transaction.atomic
def keep(job: Job, analysis: Job, kept: Freeze, files: Sequence[File]) -> None:
    """The document, its files and `done` together; of a document that is kept already, the bytes are compared."""
    jobs.finish(job)
    Freeze.objects.select_for_update().only("pk").get(pk=kept.pk)  # one at a time: the second finds the first
    found = Document.objects.filter(key=job.params["key"]).first()
    if found is not None:
        compare(found, files)
        return
    with recording(by=job.requested_by):
        document = Document.objects.create(
            job=job,
            analysis=analysis,
            cohort_id=kept.cohort_id,
            freeze=kept,
            site_ids=job.site_ids,
            plan=job.params["plan_name"],
            profile=job.params["profile"],
            key=job.params["key"],
            manifest={file.name: {"sha256": file.sha256, "size": len(file.content)} for file in files},
            made_by=job.requested_by,
        )
        DocumentFile.objects.bulk_create(
            DocumentFile(
                document=document,
                name=file.name,
                media_type=file.media_type,
                sha256=file.sha256,
                size=len(file.content),
                content=file.content,
            )
            for file in files
        )


def compare(document: Document, files: Sequence[File]) -> None:
    """JobFailed where a file is other than the one that is kept."""
    kept = dict(document.files.values_list("name", "sha256"))
    now = {file.name: file.sha256 for file in files}
    other = sorted(name for name in kept.keys() | now.keys() if kept.get(name) != now.get(name))
    if other:
        words = f"{', '.join(other)} {'is' if len(other) == 1 else 'are'}"
        raise jobs.JobFailed(CHANGED.format(words))
