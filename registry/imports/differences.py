"""Where a file and the record differ: every answer as new, changed, cleared, kept or unchanged, every rule asked.

Nothing is written here. The same file, mapping and record give the same plans: a commit makes them again inside its
transaction and compares (`digest`).
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import Model

from registry.clock import today
from registry.closed import why_closed
from registry.errors import Problem
from registry.imports.assembled import patient_record
from registry.imports.kinds import REASONS, bracketed
from registry.imports.planned import Change, PatientPlan, RowPlan, carry_out, patient_plan
from registry.imports.recorded import UNDONE, Held, Loader, Record
from registry.imports.said import Cell, Place, Said
from registry.imports.targets import Targets
from registry.models import MissingReason
from registry.models.imported import ImportBatch
from registry.rules import RULES, Severity, findings_for

Blanks = ImportBatch.Blanks
CHUNK = 2000
CLEARED = bracketed(MissingReason.NOT_RECORDED)


@dataclass
class Differences:
    """What a file would change. `kept`: differs, and stays as recorded because only what is empty is filled."""

    plans: list[PatientPlan] = field(default_factory=list)
    kept: list[tuple[RowPlan, Change]] = field(default_factory=list)
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    warnings: list[tuple[int, Problem]] = field(default_factory=list)
    duplicates: list[tuple[int, Problem]] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    # Where things stand, without study numbers: the row of the file of each row of the sheet, and of each patient.
    places: list[int] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)
    held_visits: dict[tuple[str, str], Model] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    zeros: list[dict] = field(default_factory=list)
    # Rows of the file that were left out by choice, and what was wrong with them.
    left_out: set[int] = field(default_factory=set)
    left_out_problems: list[tuple[int, Problem]] = field(default_factory=list)

    def changes(self) -> Iterator[tuple[PatientPlan, RowPlan, Change]]:
        for plan in self.plans:
            for row in plan.rows:
                for change in row.changes:
                    yield plan, row, change

    @property
    def needs_reason(self) -> bool:
        """Whether something that is recorded becomes something else."""
        return bool(self.counts["changed"] or self.counts["cleared"])

    def digest(self) -> str:
        """What would be written and over what; another record or another file gives another one."""
        lines = [
            (*row.place, change.target.field, change.old, change.new, getattr(held_row(row), "version", 0))
            for _, row, change in self.changes()
        ]
        lines += [(plan.number, plan.is_new, plan.revived) for plan in self.plans]
        return hashlib.sha256(json.dumps(lines).encode()).hexdigest()


def held_row(row: RowPlan):
    return None if row.held is None else row.held.row


class Comparison:
    """Compares what a file says with the record, chunk by chunk."""

    def __init__(self, said: Said, targets: Targets, forms: Iterable[str], blanks: str, *, items: dict, lock: bool):
        self.said, self.targets, self.blanks, self.items = said, targets, blanks, items
        self.loader = Loader(targets, forms, lock=lock)
        where = {number: f"row {said.sheet.places[row]}" for number, row in said.rows_of.items()}
        self.found = Differences(problems=list(said.problems), places=said.sheet.places, where=where)
        self.places: dict[str, list[Place]] = defaultdict(list)
        for place in said.places:
            self.places[place.patient].append(place)

    def run(self, progress=lambda done, total: None) -> Differences:
        numbers = list(self.said.rows_of)
        for start in range(0, len(numbers), CHUNK):
            progress(start, len(numbers))
            chunk = numbers[start : start + CHUNK]
            self.compare(chunk, self.loader.load(chunk))
        return self.found

    def compare(self, numbers: list[str], record: Record) -> None:
        held: dict[str, list[tuple[Place, Held]]] = defaultdict(list)
        for place, each in record.held.items():
            held[place.patient].append((place, each))
        for number in numbers:
            plan = patient_plan(number, record, self.targets)
            for place in self.places[number]:
                self.compare_row(plan, place, record)
            self.judge(plan, held[number])

    def compare_row(self, plan: PatientPlan, place: Place, record: Record) -> None:
        held = record.held.get(place)
        # A visit may be named by its timepoint in one row and by its date in another.
        there = next((each for each in plan.rows if held is not None and each.held is held), None)
        row = there or RowPlan(place, held)
        for name, cell in self.said.places[place].items():
            old = row.values().get(name, "") if there else "" if held is None else held.values.get(name, "")
            self.compare_cell(row, cell, old)
        if row.changes and there is None:
            plan.rows.append(row)

    def compare_cell(self, row: RowPlan, cell: Cell, old: str) -> None:
        new = cell.text
        if not new:
            new = self.meaning_of_blank(cell, old)
        if new == old:
            self.found.counts["unchanged"] += bool(cell.text)
            return
        change = Change(cell.target, old, new, cell)
        if self.blanks == Blanks.FILL_EMPTY and old:
            self.found.counts["kept"] += 1
            self.found.kept.append((row, change))
            return
        self.found.counts[change.how] += 1
        row.changes.append(change)

    def meaning_of_blank(self, cell: Cell, old: str) -> str:
        """What an empty cell makes of a recorded answer."""
        if self.blanks != Blanks.CLEAR or not old:
            return old
        if cell.target.never_empty:
            return old if old in REASONS else CLEARED
        return ""

    def judge(self, plan: PatientPlan, held: list[tuple[Place, Held]]) -> None:
        """Ask the rules about the patient as planned; keep the plan where it changes anything."""
        if not plan.is_new and not plan.rows:
            return
        closed = self.why_closed(plan)
        if closed is not None:
            row = self.said.rows_of[plan.number]
            place = self.said.sheet.where(row)
            self.found.problems.append((row, Problem(**vars(closed) | {"where": place, "value": plan.number})))
        visits = {place.at: each.row for place, each in held if place.form == "visit"}
        self.found.held_visits |= {(plan.number, at): row for at, row in visits.items()}
        carry_out(plan, self.targets, set(visits))
        self.ask_rules(plan, held)
        self.found.plans.append(plan)
        self.found.counts["new_patients"] += plan.is_new
        self.found.counts["new_visits"] += sum(row.is_new for row in plan.of("visit"))

    def why_closed(self, plan: PatientPlan) -> Problem | None:
        """V9 or V13; a patient whom an import brought that was undone may come again."""
        if plan.revived and plan.patient.error_reason.startswith(UNDONE):
            return None
        return why_closed(plan.patient)

    def ask_rules(self, plan: PatientPlan, held: list[tuple[Place, Held]]) -> None:
        rows = {(row.place.form, row.made.pk): row for row in plan.rows if row.made is not None}
        record = patient_record(plan, held, self.targets, today=today(), items=self.items)
        for finding in findings_for(record, touching=set(rows)):
            if finding.awaits:
                continue
            address = finding.address
            row = rows.get((address.form, address.row_id)) or next(
                rows[each] for each in finding.beside if each in rows
            )
            self.tell(plan, row, finding)

    def tell(self, plan: PatientPlan, row: RowPlan, finding) -> None:
        """A finding, at the cell that it is about, or at the first cell of its row."""
        at_field = (change.cell for change in row.changes if change.target.field == finding.address.field)
        of_row = (change.cell for each in (row, *plan.rows) for change in each.changes)
        cell = next(at_field, None) or next(of_row)
        problem = Problem(
            rule=finding.rule.code,
            field=cell.column,
            value=cell.raw or finding.value,
            message=finding.message,
            where=self.said.sheet.where(cell.row, cell.column),
        )
        refused = RULES[finding.rule.code].severity is Severity.REFUSE
        (self.found.problems if refused else self.found.warnings).append((cell.row, problem))
