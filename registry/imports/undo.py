"""Takes a committed batch back: what it changed is as it was, what it made is marked as entered in error.

What somebody changed since is a conflict: it is listed, and left as it is. A score or an attribute that the batch
added to a row that was there cannot be without an answer again; it says "not recorded".
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from registry.actions.corrections import mark_rows_as_error
from registry.audit import through
from registry.chart import FORMS
from registry.errors import Problem, Refused
from registry.imports.apply import Writer
from registry.imports.differences import CLEARED, Differences
from registry.imports.planned import Change, RowPlan, carry_out, patient_plan
from registry.imports.recorded import UNDONE, Held, Loader, Record
from registry.imports.said import Cell, Place
from registry.imports.targets import Target, Targets
from registry.imports.unnamed import parents_of_unnamed
from registry.models import ImportBatch, ImportedCell, User

State = ImportBatch.State
CHUNK = 2000
CHANGED_SINCE = "Changed after the import: it has {!r} now, the file brought {!r}. Left as it is."
IN_USE = "Something was added to it after the import. Left as it is."


def undo(batch: ImportBatch, *, by: User) -> int:
    """Take a batch back, once; how many values and rows were left because somebody changed them since."""
    with transaction.atomic(), through("import"):
        locked = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        if locked.state != State.UNDOING:
            raise Refused([Problem(rule="I18", field="", value="", message="The batch is not waiting to be undone.")])
        undoer = Undoer(batch, by=by)
        undoer.run()
        batch.state, batch.undone_at, batch.problem = State.UNDONE, timezone.now(), ""
        batch.save(update_fields=["state", "undone_at", "problem"])
    return undoer.conflicts


class Undoer:
    """Takes the cells of one batch back, chunk by chunk of patients."""

    def __init__(self, batch: ImportBatch, *, by: User):
        self.batch, self.by, self.conflicts = batch, by, 0
        self.reason = f"{UNDONE}: {batch.reason or 'the file should not have been imported'}"[:300]
        self.targets = Targets(batch.study, batch.site)
        self.loader = Loader(self.targets, FORMS, lock=True)

    def run(self) -> None:
        cells: dict[str, list[ImportedCell]] = defaultdict(list)
        for cell in self.batch.cells.select_related("patient"):
            cells[cell.patient.study_number].append(cell)
        numbers = list(cells)
        for start in range(0, len(numbers), CHUNK):
            chunk = numbers[start : start + CHUNK]
            self.take_back(chunk, cells, self.loader.load(chunk))

    def take_back(self, numbers: Iterable[str], cells: dict[str, list[ImportedCell]], record: Record) -> None:
        held: dict[str, dict] = defaultdict(dict)
        for place, each in record.held.items():
            if each.row is not None and place.form != "covariate":
                held[place.patient].setdefault(each.row.pk, (place, each))
        found, gone, told = Differences(), [], []
        beside = parents_of_unnamed(record)
        for number in numbers:
            removed = self.removable(cells[number], held[number], beside, told)
            gone += [held[number][pk][1].row for pk in removed]
            plan = patient_plan(number, record, self.targets)
            plan.rows = self.rows_back(number, cells[number], record, held[number], removed, told)
            found.plans += [plan] if plan.rows else []
        self.write(found)
        mark_rows_as_error(gone, reason=self.reason, by=self.by)
        ImportedCell.objects.bulk_update(told, ["conflict"], batch_size=500)
        self.conflicts += len(told)

    def removable(self, cells: list[ImportedCell], held: dict, beside: set, told: list) -> set:
        """The rows that the batch made and nobody has changed or used since; `beside`: used by what no file names."""
        made = {cell.row_id: cell for cell in cells if cell.made_row}
        same = {pk for pk, cell in made.items() if pk in held and says_as_made(held[pk][1], cell)}
        used = {
            pk
            for pk in same
            if pk in beside
            or any(other not in same and hangs_on(place, held[pk][0]) for other, (place, _) in held.items())
        }
        for pk, cell in made.items():
            if pk in held and pk not in same - used:
                cell.conflict = IN_USE if pk in used else "Changed after the import. Left as it is."
                told.append(cell)
        return same - used

    def rows_back(self, number, cells, record: Record, held: dict, removed: set, told: list) -> list[RowPlan]:
        """The rows of one patient with the values that they had before."""
        rows: dict[int, RowPlan] = {}
        patient = record.patients.get(number)
        for cell in cells:
            if cell.made_row or patient is None or patient.pk in removed:
                continue
            place, each = held.get(cell.row_id, (None, None))
            if cell.form == "covariate":
                place = Place(number, "covariate")
                each = record.held[place]
            if each is None:
                continue
            change = self.change_back(cell, each, told)
            if change is not None:
                rows.setdefault(id(each), RowPlan(place, each)).changes.append(change)
        return list(rows.values())

    def change_back(self, cell: ImportedCell, held: Held, told: list) -> Change | None:
        """The value before the import, where the import's own still stands."""
        target = self.target_of(cell)
        now = held.values.get(cell.field, "")
        old = cell.old or (CLEARED if target.never_empty else "")
        if now == old:
            return None
        if now != cell.new:
            cell.conflict = CHANGED_SINCE.format(now, cell.new)[:200]
            told.append(cell)
            return None
        return Change(target, now, old, Cell(old, "", 0, "", target))

    def target_of(self, cell: ImportedCell) -> Target:
        score = self.targets.by_key.get(f"score.{cell.field}") if cell.form == "visit" else None
        return self.targets.by_key.get(f"{cell.form}.{cell.field}") or score

    def write(self, found: Differences) -> None:
        """Through the same actions as the import itself."""
        found.places = [0]
        for plan in found.plans:
            carry_out(plan, self.targets, {row.place.at for row in plan.rows})
        writer = Writer(self.batch, found, self.targets, reason=self.reason, by=self.by)
        writer.correct_patients()
        writer.write_covariates()
        writer.write_visits()
        for plan, row in writer.rows(*FORMS):
            writer.write_form(plan, row)


def says_as_made(held: Held, cell: ImportedCell) -> bool:
    """Whether a row says what the batch made it say; what follows from it is not looked at."""
    derived = {"day", "window_reason"} | {name for name, part in held.parts.items() if getattr(part, "derived", False)}
    names = {*held.values, *cell.new} - derived
    return all(held.values.get(name, "") == cell.new.get(name, "") for name in names)


def hangs_on(place: Place, parent: Place) -> bool:
    """Whether a row of the same patient belongs to another one."""
    if parent.form == "patient":
        return True
    if parent.form == "procedure":
        return place.form == "visit" or (place.form in FORMS and FORMS[place.form].parent != "patient")
    return parent.form == "visit" and bool(place.at) and place.form in FORMS and place.at == parent.at
