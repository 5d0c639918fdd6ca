"""The staged import, step by step: a file is read, its columns are named, it is compared, committed, perhaps undone.

    about(batch) → mapping → compare(batch) → keep_preview(batch, found) → commit(batch) → undo (registry.imports.undo)

Nothing of the record is written before `commit`, and `commit` writes exactly what the preview showed or nothing: it
compares again inside its transaction, with the rows locked. I17: the record is not as it was at the preview.
"""

from collections.abc import Callable, Iterable, Iterator

from django.db import IntegrityError, transaction
from django.utils import timezone

from registry.actions.corrections import wants_reason
from registry.audit import through
from registry.chart import FORMS
from registry.errors import Problem, Refused, StaleSave
from registry.imports.alike import possible_duplicates_in
from registry.imports.apply import Writer
from registry.imports.differences import Comparison, Differences
from registry.imports.mapping import read_mapping
from registry.imports.reading import Options, read_upload
from registry.imports.redcap import describe, is_redcap, whole_rows
from registry.imports.redcap_dictionary import read_dictionary
from registry.imports.said import Reader, Said
from registry.imports.sheet import Sheet
from registry.imports.suggested import zeros
from registry.imports.targets import Targets
from registry.models import ImportBatch, PreviewPage, User
from registry.rules import RULES
from registry.rules.totals import items_of

Kind, State = PreviewPage.Kind, ImportBatch.State
LINES = 100
MOST_NAMED = 20
MEANWHILE = "The record is not as the preview showed it any more. Look at the preview again, it is made anew."


def sheet_of(batch: ImportBatch) -> Sheet:
    """The table in the batch's file, with what its dictionary says of it."""
    options = Options(**batch.options.get("read", {}))
    sheet = read_upload(batch.file_name, bytes(batch.content), options=options)
    dictionary = None
    if batch.dictionary:
        dictionary = read_dictionary(read_upload("dictionary.csv", bytes(batch.dictionary)))
    if dictionary is None and not is_redcap(sheet):
        return sheet
    missing = batch.options.get("missing_codes", "")
    return describe(whole_rows(sheet, dictionary), dictionary, missing_codes=missing).sheet


def compare(batch: ImportBatch, *, lock: bool = False, progress: Callable = lambda done, total: None) -> Differences:
    """Where the batch's file differs from the record. Refused where its mapping does not fit."""
    targets = Targets(batch.study, batch.site)
    sheet = sheet_of(batch)
    mapping = read_mapping(batch.mapping, sheet=sheet, targets=targets)
    said = Reader(sheet, mapping, targets).read()
    found = compared(batch, said, targets, lock=lock, progress=progress)
    # Rows with errors may hide others that only they bring: left out, the rest is looked at once more.
    while batch.leave_out_errors and found.problems:
        left_out = found.left_out | {row for row, _ in found.problems}
        rest = compared(batch, Reader(sheet, mapping, targets, frozenset(left_out)).read(), targets, lock=lock)
        rest.left_out = left_out
        rest.left_out_problems = [*found.left_out_problems, *found.problems]
        found = rest
    found.ignored, found.zeros = mapping.ignored, zeros(sheet, mapping, targets)
    if not lock:  # for the preview: what is alike stops nobody
        found.duplicates = list(possible_duplicates_in(found.plans, said, batch.site, batch.job.requested_by))
    return found


def compared(batch: ImportBatch, said: Said, targets: Targets, *, lock: bool, progress=lambda done, total: None):
    items = items_of({each.part_of_id for each in targets.instruments.values()} - {None})
    return Comparison(said, targets, FORMS, batch.blanks, items=items, lock=lock).run(progress)


def keep_preview(batch: ImportBatch, found: Differences) -> None:
    """Keep what a comparison found, in pages, in place of any earlier preview."""
    batch.pages.all().delete()
    counts = {}
    for kind, lines in lines_of(found).items():
        lines = list(lines)
        counts[kind] = len(lines)
        PreviewPage.objects.bulk_create(
            (
                PreviewPage(site_id=batch.site_id, batch=batch, kind=kind, number=number, lines=part)
                for number, part in enumerate(batched_lines(lines), 1)
            ),
            batch_size=200,
        )
    batch.digest = found.digest()
    batch.preview = summary_of(found) | {"lines": counts}
    batch.state, batch.problem = State.PREVIEWED, ""
    batch.save(update_fields=["digest", "preview", "state", "problem"])


def batched_lines(lines: list) -> Iterator[list]:
    yield from (lines[start : start + LINES] for start in range(0, len(lines), LINES))


def summary_of(found: Differences) -> dict:
    """The numbers of a preview."""
    by_rule: dict[str, int] = {}
    for _, problem in found.warnings:
        by_rule[problem.rule] = by_rule.get(problem.rule, 0) + 1
    return {
        "counts": {name: count for name, count in found.counts.items() if count},
        "error_rows": len({row for row, _ in found.problems}),
        "left_out_rows": len(found.left_out),
        "warnings": [[rule, count, RULES[rule].wording] for rule, count in sorted(by_rule.items())],
        "ignored": found.ignored,
        "zeros": found.zeros,
        "needs_reason": found.needs_reason,
        "nothing_to_do": not found.plans,
    }


def lines_of(found: Differences) -> dict[str, Iterable[list]]:
    """The lines of each list of the preview: patient, what, old, new, where; of errors: the problem."""
    by_how: dict[str, list] = {"new": [], "changed": [], "cleared": []}
    for _, row, change in found.changes():
        by_how[change.how].append(change_line(found, row, change))
    errors = [*found.left_out_problems, *found.problems]
    return {
        Kind.ERROR: [problem_line(problem) for _, problem in errors],
        Kind.NEW: by_how["new"],
        Kind.CHANGED: by_how["changed"],
        Kind.CLEARED: by_how["cleared"],
        Kind.KEPT: [change_line(found, row, change) for row, change in found.kept],
        Kind.DUPLICATE: [problem_line(problem) for _, problem in found.duplicates],
        Kind.WARNING: [problem_line(problem) for _, problem in found.warnings],
    }


def change_line(found: Differences, row, change) -> list[str]:
    place = row.place
    where = " ".join(filter(None, [place.at, f"no. {place.instance}" if place.instance else ""]))
    at = f"row {found.places[change.cell.row]}, {change.cell.column}"
    return [place.patient, where, change.target.label, change.old, change.new, at]


def problem_line(problem: Problem) -> list[str]:
    return [problem.where, problem.field, problem.value, problem.rule, problem.message]


def commit(batch: ImportBatch, *, by: User) -> None:
    """Write what the preview showed, all of it, or Refused and nothing."""
    try:
        with transaction.atomic(), through("import"):
            write(batch, by=by)
    except (StaleSave, IntegrityError) as error:
        if isinstance(error, IntegrityError) and not is_about_the_record(error):
            raise
        raise Refused([changed_meanwhile()]) from error


def is_about_the_record(error: IntegrityError) -> bool:
    """Whether a constraint of the record said no: somebody was quicker. Anything else is our own mistake."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return bool(name) or "locked" in str(error)


def changed_meanwhile() -> Problem:
    return Problem(rule="I17", field="", value="", message=MEANWHILE)


def write(batch: ImportBatch, *, by: User) -> None:
    """commit in one transaction: compare again with the rows locked, write, mark the batch."""
    locked = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if locked.state != State.COMMITTING:
        raise Refused([Problem(rule="I18", field="", value="", message="The batch is not waiting to be committed.")])
    found = compare(batch, lock=True)
    if found.digest() != batch.digest:
        raise Refused([changed_meanwhile(), *what_changed(batch, found)])
    if found.problems:
        raise Refused([problem for _, problem in found.problems])
    if found.needs_reason and wants_reason(batch.reason):
        raise Refused(wants_reason(batch.reason))
    Writer(batch, found, Targets(batch.study, batch.site), reason=batch.reason, by=by).write()
    batch.state, batch.problem = State.COMMITTED, ""
    batch.committed_by, batch.committed_at = by, timezone.now()
    batch.save(update_fields=["state", "problem", "committed_by", "committed_at"])


def what_changed(batch: ImportBatch, found: Differences) -> list[Problem]:
    """The cells in which the record is not as the preview showed it."""
    shown = {
        (line[0], line[1], line[2]): line[3]
        for page in batch.pages.filter(kind__in=(Kind.NEW, Kind.CHANGED, Kind.CLEARED))
        for line in page.lines
    }
    now = {tuple(line[:3]): (line[3], line[5]) for line in (change_line(found, r, c) for _, r, c in found.changes())}
    message = "The preview showed {!r} here, the record has {!r} now."
    different = [
        Problem(rule="I17", field=key[2], value="", message=message.format(shown.get(key, "?"), old), where=where)
        for key, (old, where) in now.items()
        if shown.get(key) != old
    ]
    gone = [
        Problem(rule="I17", field=key[2], value="", message="The record says the same as the file now.", where=key[1])
        for key in shown
        if key not in now
    ]
    return [*different, *gone][:MOST_NAMED]
