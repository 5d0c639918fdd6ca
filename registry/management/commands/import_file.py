"""Brings one file into the record: the staged import without a browser."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registry.actions.imports import commit_batch, do_step, map_columns, upload_file
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.imports.suggested import offered
from registry.jobs import JobFailed, claimed
from registry.models import ImportBatch, PreviewPage, StudySite
from registry.strict_json import NotStrictJSON, read_json

MOST_SHOWN = 20
State = ImportBatch.State


class Command(BaseCommand):
    help = "Read a CSV, XLSX or SPSS file, compare it with the record, and with --commit write what differs."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--study", required=True, metavar="SLUG")
        parser.add_argument("--site", required=True, metavar="CODE")
        parser.add_argument("--mapping", type=Path, metavar="JSON", help="without one: what the names suggest")
        parser.add_argument("--dictionary", type=Path, metavar="CSV", help="of a REDCap project")
        parser.add_argument("--blanks", choices=ImportBatch.Blanks.values, default=ImportBatch.Blanks.IGNORE)
        parser.add_argument("--leave-out-errors", action="store_true", help="write the rows without errors")
        parser.add_argument("--reason", default="", help="why what is recorded is changed")
        parser.add_argument("--commit", action="store_true")

    def handle(self, *, study: str, site: str, **options):
        where = StudySite.objects.filter(study__slug=study, site__code=site).select_related("study", "site").first()
        if where is None:
            raise CommandError(f"No site {site!r} enrols in a study {study!r}.")
        try:
            self.bring_in(where, **options)
        except (RegistryError, JobFailed) as error:
            raise CommandError(in_words(str(error))) from error

    def bring_in(self, where: StudySite, *, file, mapping, dictionary, blanks, leave_out_errors, reason, commit, **_):
        by = system_user()
        batch = upload_file(
            study=where.study, site=where.site, name=file.name, content=read_bytes(file),
            dictionary=read_bytes(dictionary) if dictionary else None, by=by,
        )  # fmt: skip
        batch = step(batch)
        document = document_in(mapping) if mapping else offered(batch)[0]
        fields = {"mapping": document, "blanks": blanks, "leave_out_errors": leave_out_errors}
        batch = step(map_columns(batch, by=by, **fields))
        self.tell(batch)
        if commit and not batch.preview["nothing_to_do"]:
            batch = step(commit_batch(batch, digest=batch.digest, reason=reason, by=by))
            self.stdout.write(f"Written into the record. Batch {batch.pk}.")

    def tell(self, batch: ImportBatch) -> None:
        """The preview in numbers, and its first errors."""
        counts = batch.preview["counts"]
        said = ", ".join(f"{counts.get(name, 0)} {name}" for name in ("new", "changed", "cleared", "kept", "unchanged"))
        self.stdout.write(f"{batch.file_name}: {said}, {batch.preview['error_rows']} rows with errors.")
        for zero in batch.preview["zeros"]:
            self.stdout.write(f"Warning [I12]: {zero['message']}")
        for rule, count, wording in batch.preview["warnings"]:
            self.stdout.write(f"Warning [{rule}] {count} times: {wording}")
        first = batch.pages.filter(kind=PreviewPage.Kind.ERROR).first()
        for where, column, value, rule, message in (first.lines if first else [])[:MOST_SHOWN]:
            self.stdout.write(f"{where}, {column}, {value!r}: {message} [{rule}]")


def step(batch: ImportBatch) -> ImportBatch:
    """Do what the batch waits for, here and now."""
    with claimed(batch.job_id) as job:
        do_step(job)
    batch.refresh_from_db()
    if batch.problem:
        raise CommandError(in_words(batch.problem))
    return batch


def read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def document_in(path: Path) -> dict:
    """A mapping in a file."""
    try:
        return read_json(read_bytes(path).decode("utf-8"))
    except (NotStrictJSON, UnicodeDecodeError) as error:
        raise CommandError(f"{path} is not JSON: {error}.") from error


def in_words(text: str) -> str:
    """The first problems, a line each, and how many more there are."""
    lines = text.splitlines()
    more = f"\n… and {len(lines) - MOST_SHOWN} more." if len(lines) > MOST_SHOWN else ""
    return "Nothing was imported.\n" + "\n".join(lines[:MOST_SHOWN]) + more
