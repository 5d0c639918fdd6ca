"""A file on its way into the record: uploaded, mapped, compared, committed, undone, or given up.

Every step is asked for here and done by `do_step`, in a job: at once for small files, by a worker for large ones.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from registry import jobs
from registry.audit import recording
from registry.errors import Problem, Refused, StaleSave
from registry.imports import staging, suggested, undo
from registry.imports.blind import not_while_reading
from registry.imports.limits import Limits
from registry.imports.mapping import read_mapping, signature
from registry.imports.reading import shown_name
from registry.imports.targets import Targets
from registry.models import ColumnMapping, ImportBatch, Job, Site, Study, User

STEP = "registry.import"
State = ImportBatch.State
# A file of this size is done before its page could ask how far it is.
SMALL = 128 * 1024
LONGEST_REASON = 300
# The step that a state waits for, and the state in which it is back where it was, should the step be refused.
BACK = {
    State.UPLOADED: State.FAILED,
    State.PREVIEWING: State.READ,
    State.COMMITTING: State.PREVIEWED,
    State.UNDOING: State.COMMITTED,
}


def refused(field: str, message: str, value: str = "", rule: str = "I18") -> Refused:
    return Refused([Problem(rule=rule, field=field, value=value, message=message)])


@transaction.atomic
def upload_file(
    *,
    study: Study,
    site: Site,
    name: str,
    content: bytes,
    dictionary: bytes | None = None,
    options: dict | None = None,
    by: User,
) -> ImportBatch:
    """Take a file in; it is read by the step that follows."""
    not_while_reading(by, study, site)
    for part in (content, dictionary or b""):
        if len(part) > Limits().bytes:
            raise refused("file", "The file is larger than a file may be. Send it in parts.", rule="I13")
    if not study.enrolments.filter(site=site).exists():
        raise refused("study", "This site does not enrol in the study.")
    with recording(by=by):
        batch = ImportBatch.objects.create(
            site=site,
            study=study,
            file_name=shown_name(name),
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            dictionary=dictionary,
            options=options or {},
            uploaded_by=by,
        )
    return ask_step(batch, by=by)


def ask_step(batch: ImportBatch, *, by: User) -> ImportBatch:
    """Ask for the work that the batch's state waits for."""
    batch.job = jobs.ask(kind=STEP, params={"batch": str(batch.pk)}, site_ids=[batch.site_id], by=by)
    batch.save(update_fields=["job"])
    return batch


def is_small(batch: ImportBatch) -> bool:
    """Whether its steps are done at once."""
    return len(batch.content) <= SMALL


def lock_batch(batch: ImportBatch, *, among: tuple[str, ...]) -> ImportBatch:
    """The batch as it is now, which nobody else moves until the transaction ends; StaleSave where it has moved."""
    rows = ImportBatch.objects.select_for_update(of=("self",)).defer("content", "dictionary")
    locked = rows.get(pk=batch.pk)
    if locked.state not in among:
        raise StaleSave(f"The file is in another state now: {locked.get_state_display().lower()}.")
    return locked


@transaction.atomic
def take_step(batch: ImportBatch, *, to: str, among: tuple[str, ...], by: User, **fields) -> ImportBatch:
    """Move a batch on, and ask for the work; StaleSave where it has moved already."""
    not_while_reading(by, batch.study, batch.site)
    lock_batch(batch, among=among)
    with recording(by=by):
        for name, value in (fields | {"state": to, "problem": ""}).items():
            setattr(batch, name, value)
        batch.save(update_fields=[*fields, "state", "problem"])
        return ask_step(batch, by=by)


@transaction.atomic
def map_columns(
    batch: ImportBatch, *, mapping: dict, blanks: str = ImportBatch.Blanks.IGNORE, leave_out_errors=False, by: User
) -> ImportBatch:
    """Say what the columns mean and compare the file with the record; the mapping is kept for the next such file."""
    if blanks not in ImportBatch.Blanks.values:
        raise refused("blanks", f"Empty cells are one of {', '.join(ImportBatch.Blanks.values)}.", str(blanks))
    sheet = staging.sheet_of(batch)
    read_mapping(mapping, sheet=sheet, targets=Targets(batch.study, batch.site))
    with recording(by=by):
        ColumnMapping.objects.update_or_create(
            site=batch.site, study=batch.study, signature=signature(sheet), defaults={"columns": mapping}
        )
    fields = {"mapping": mapping, "blanks": blanks, "leave_out_errors": leave_out_errors}
    return take_step(batch, to=State.PREVIEWING, among=(State.READ, State.PREVIEWED), by=by, **fields)


@transaction.atomic
def commit_batch(batch: ImportBatch, *, digest: str, reason: str = "", by: User) -> ImportBatch:
    """Write what the preview of this digest shows; StaleSave where there is another preview now."""
    if len(reason) > LONGEST_REASON:
        raise refused("reason", f"A reason has at most {LONGEST_REASON} characters.", rule="V8")
    locked = lock_batch(batch, among=(State.PREVIEWED,))
    if locked.digest != digest:
        raise StaleSave("The preview was made anew after you opened it. Look at what the file would change now.")
    if locked.preview.get("error_rows"):
        raise refused("", "Rows have errors. Correct the file, or leave these rows out.")
    if locked.preview.get("needs_reason") and not reason.strip():
        raise refused("reason", "Say why what is recorded is changed. The reason is kept with every change.", rule="V8")
    return take_step(batch, to=State.COMMITTING, among=(State.PREVIEWED,), by=by, reason=reason.strip())


def undo_batch(batch: ImportBatch, *, by: User) -> ImportBatch:
    """Take back what a batch wrote, once."""
    return take_step(batch, to=State.UNDOING, among=(State.COMMITTED,), by=by)


@transaction.atomic
def cancel_batch(batch: ImportBatch, *, by: User) -> ImportBatch:
    """Give a file up before it is written; a commit that has begun is not stopped halfway."""
    rows = ImportBatch.objects.select_for_update(of=("self",), skip_locked=True)
    locked = rows.filter(pk=batch.pk).first()
    if locked is None or locked.state in (State.COMMITTED, State.UNDONE, State.UNDOING, State.CANCELLED):
        raise StaleSave("It is too late to cancel: the file is being written, or was.")
    with recording(by=by):
        batch.state = State.CANCELLED
        batch.save(update_fields=["state"])
    return batch


def do_now(batch: ImportBatch) -> ImportBatch:
    """Do a small file's step in place of a worker; what does not end here is rung for as any other job."""
    if batch.job is not None and is_small(batch):
        try:
            with jobs.claimed(batch.job_id) as job:
                do_step(job)
        except jobs.NotClaimed:
            pass
        batch.refresh_from_db()
    return batch


def do_step(job: Job) -> None:
    """What a batch waits for. A refusal is kept with the batch, in words for its page; the job itself is done."""
    batch = ImportBatch.objects.select_related("study", "site").get(pk=UUID(job.params["batch"]))
    step = STEPS.get(batch.state)
    if step is None or batch.job_id != job.pk:
        raise jobs.JobFailed("The file was cancelled, or is further on already.")
    try:
        step(batch, job)
    except (Refused, StaleSave) as error:
        put_back(batch, job, error)


@transaction.atomic
def put_back(batch: ImportBatch, job: Job, error: Exception) -> None:
    """The state before the step, and why it was refused."""
    batch.refresh_from_db()
    jobs.finish(job)
    if batch.state in BACK:
        batch.state, batch.problem = BACK[batch.state], str(error)[:20_000]
        batch.save(update_fields=["state", "problem"])


def read_step(batch: ImportBatch, job: Job) -> None:
    sheet = staging.sheet_of(batch)
    batch.about = suggested.about(sheet, Targets(batch.study, batch.site))
    with at_the_end(batch, job):
        batch.state = State.READ
        batch.save(update_fields=["about", "state"])


def preview_step(batch: ImportBatch, job: Job) -> None:
    found = staging.compare(batch, progress=lambda done, total: jobs.progress(job, done, total, "patients compared"))
    with at_the_end(batch, job):
        staging.keep_preview(batch, found)


def commit_step(batch: ImportBatch, job: Job) -> None:
    with transaction.atomic():
        staging.commit(batch, by=job.requested_by)
        jobs.finish(job)


def undo_step(batch: ImportBatch, job: Job) -> None:
    with transaction.atomic():
        undo.undo(batch, by=job.requested_by)
        jobs.finish(job)


@contextmanager
def at_the_end(batch: ImportBatch, job: Job) -> Iterator[None]:
    """The results of a step and `done`, in one transaction; nothing where the batch was cancelled meanwhile."""
    with transaction.atomic():
        locked = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        if locked.state != batch.state:
            raise jobs.JobFailed("The file was cancelled.")
        yield
        jobs.finish(job)


STEPS: dict[str, Callable[[ImportBatch, Job], None]] = {
    State.UPLOADED: read_step,
    State.PREVIEWING: preview_step,
    State.COMMITTING: commit_step,
    State.UNDOING: undo_step,
}
