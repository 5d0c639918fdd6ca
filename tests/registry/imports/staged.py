"""Files for tests of the staged import, and the way from upload to undo in one line each."""

import csv
import io

from registry.actions.imports import (
    commit_batch,
    do_step,
    map_columns,
    undo_batch,
    upload_file,
)
from registry.jobs import claimed
from registry.models import FollowUpVisit, ImportBatch, Patient, Score

LONG = {
    "columns": {
        "patient_id": {"target": "patient"},
        "timepoint": {"target": "timepoint"},
        "instrument": {"target": "instrument"},
        "value": {"target": "value", "missing": {"999": "not_recorded"}},
    }
}
HEADER = ("patient_id", "timepoint", "instrument", "value")


def csv_file(header, *rows) -> bytes:
    """A CSV file of these rows."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def long_file(*rows) -> bytes:
    """One score a row: patient, timepoint, instrument, value."""
    return csv_file(HEADER, *rows)


def step(batch: ImportBatch) -> ImportBatch:
    """Do what the batch waits for, whatever its size."""
    with claimed(batch.job_id) as job:
        do_step(job)
    batch.refresh_from_db()
    return batch


def uploaded(content: bytes, *, study, site, by, name: str = "scores.csv", **more) -> ImportBatch:
    return step(upload_file(study=study, site=site, name=name, content=content, by=by, **more))


def previewed(content: bytes, *, study, site, by, mapping: dict = LONG, **more) -> ImportBatch:
    """A file, uploaded, mapped and compared with the record."""
    kept = {name: more.pop(name) for name in ("blanks", "leave_out_errors") if name in more}
    batch = uploaded(content, study=study, site=site, by=by, **more)
    return step(map_columns(batch, mapping=mapping or batch.about["suggested"], by=by, **kept))


def committed(content: bytes, *, study, site, by, reason: str = "as in the clinic's table", **more) -> ImportBatch:
    """A file, all the way into the record."""
    return step(asked(previewed(content, study=study, site=site, by=by, **more), reason=reason, by=by))


def asked(batch: ImportBatch, *, reason: str = "from the chart", by) -> ImportBatch:
    """A commit of the preview that is there, asked for and not done yet."""
    return commit_batch(batch, digest=batch.digest, reason=reason, by=by)


def undone(batch: ImportBatch, *, by) -> ImportBatch:
    return step(undo_batch(batch, by=by))


def scores(study) -> dict[tuple[str, str, str], str]:
    """(patient, timepoint, instrument) → number or reason, of everything that is valid."""
    visits = FollowUpVisit.objects.valid().filter(procedure__patient__study=study)
    rows = Score.objects.valid().filter(visit__in=visits, visit__procedure__patient__error_marked_at=None)
    return {
        (row.visit.procedure.patient.study_number, at_of(row.visit), row.instrument.key):
        f"{row.value.normalize():f}" if row.value is not None else row.missing
        for row in rows.select_related("visit__procedure__patient", "visit__timepoint", "instrument")
    }  # fmt: skip


def at_of(visit: FollowUpVisit) -> str:
    """The timepoint of a visit, or the date of one that was not planned."""
    return visit.timepoint.code if visit.timepoint_asserted and visit.timepoint else f"on {visit.visited_on}"


def numbers(study) -> list[str]:
    """The study numbers of the valid patients."""
    return sorted(Patient.objects.valid().filter(study=study).values_list("study_number", flat=True))


def lines(batch: ImportBatch, kind: str) -> list[list[str]]:
    """A list of the preview."""
    return [line for page in batch.pages.filter(kind=kind) for line in page.lines]


__all__ = [
    "HEADER", "LONG", "asked", "committed", "csv_file", "lines", "long_file", "numbers", "previewed", "scores", "step",
    "undone", "uploaded",
]  # fmt: skip
