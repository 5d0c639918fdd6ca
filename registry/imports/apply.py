"""Writes what a preview showed, through the actions of the record, and keeps each value that it wrote beside the old.

Called inside one transaction: all of it or nothing.
"""

from collections.abc import Iterator

from django.db.models import Model

from registry.actions.chart import save_form
from registry.actions.corrections import Correction, bring_back, correct_covariates, correct_visits
from registry.actions.enrolment import correct_patient
from registry.actions.patients import covariate_value, enrol_patients, record_covariates, record_procedures
from registry.actions.procedures import correct_procedure
from registry.actions.visits import record_visits
from registry.chart import FORMS
from registry.imports.differences import Differences
from registry.imports.kinds import REASONS, Codes
from registry.imports.planned import Change, PatientPlan, RowPlan, columns_of, score_value
from registry.imports.targets import SOURCE, Targets
from registry.models import ImportBatch, ImportedCell, User

PATIENT_COLUMNS = ("sex", "born_on", "born_precision")
Planned = Iterator[tuple[PatientPlan, RowPlan]]


class Writer:
    """Writes the plans of one batch."""

    def __init__(self, batch: ImportBatch, found: Differences, targets: Targets, *, reason: str, by: User):
        self.batch, self.found, self.targets, self.reason, self.by = batch, found, targets, reason, by
        self.cells: list[ImportedCell] = []
        # The saved visits by patient and timepoint: forms hang on them.
        self.visits: dict[tuple[str, str], Model] = {}

    def write(self) -> None:
        """Everything, in the order in which rows hang on each other."""
        self.enrol()
        self.correct_patients()
        self.write_covariates()
        self.write_visits()
        for plan, row in self.rows(*FORMS):
            self.write_form(plan, row)
        ImportedCell.objects.bulk_create(self.cells, batch_size=2000)

    def rows(self, *forms: str) -> Planned:
        """The planned rows of some forms."""
        return ((plan, row) for plan in self.found.plans for row in plan.rows if row.place.form in forms)

    def enrol(self) -> None:
        """New patients, each with the procedure from which the patient is followed."""
        plans = [plan for plan in self.found.plans if plan.is_new]
        enrol_patients([plan.patient for plan in plans if not plan.revived], by=self.by)
        again = [plan.patient for plan in plans if plan.revived]
        bring_back(again, columns=PATIENT_COLUMNS, reason="Imported again.", by=self.by)
        needed = {plan.number for plan, row in self.rows(*PROCEDURE_NEEDED)} | {plan.number for plan in plans}
        procedures = [p for p in self.found.plans if p.number in needed and p.procedure._state.adding]
        record_procedures([plan.procedure for plan in procedures], by=self.by)
        for plan in plans:
            self.made(plan, "patient", plan.patient, plan.of("patient"))
        for plan in procedures:
            self.made(plan, "procedure", plan.procedure, plan.of("procedure"))

    def correct_patients(self) -> None:
        """Fields of patients and procedures that were there already."""
        for plan, row in self.rows("patient", "procedure"):
            if row.is_new:
                continue
            correct = correct_patient if row.place.form == "patient" else correct_procedure
            before = row.held.row
            correct(before, version=before.version, reason=self.reason, by=self.by, **columns_of(row.changes))
            self.changed(plan, row, before)
            for other in plan.rows:  # what is counted from a procedure's date moved with it
                if other.held is not None and other.place.form not in ("patient", "procedure", "covariate"):
                    other.held.row.refresh_from_db(fields=["version"])

    def write_covariates(self) -> None:
        new, changed = [], []
        for plan, row in self.rows("covariate"):
            for change in row.changes:
                held = row.held.parts.get(change.target.field) if row.held else None
                value = covariate_of(change)
                if held is not None:
                    changed.append((held, value))
                    self.cell(plan, row, change, plan.patient)
                    continue
                covariate = self.targets.covariates[change.target.field]
                new.append(covariate_value(patient=plan.patient, covariate=covariate, value=value))
                self.cell(plan, row, change, plan.patient)
        record_covariates(new, by=self.by)
        correct_covariates(changed, reason=self.reason, by=self.by)

    def write_visits(self) -> None:
        new = [(plan, row) for plan, row in self.rows("visit") if row.is_new]
        for (plan, row), saved in zip(new, record_visits([row.made for _, row in new], by=self.by), strict=True):
            self.visits[plan.number, row.place.at] = saved
            self.made(plan, "visit", saved, [row])
        there = [(plan, row) for plan, row in self.rows("visit") if not row.is_new]
        corrections = [Correction(row.held.row, list(row.held.parts.values()), row.made) for _, row in there]
        correct_visits(corrections, reason=self.reason, by=self.by)
        for plan, row in there:
            self.changed(plan, row, row.held.row)

    def write_form(self, plan: PatientPlan, row: RowPlan) -> None:
        """A form of the chart, new or corrected."""
        form = FORMS[row.place.form]
        there = None if row.is_new else row.held.row
        saved = save_form(
            form=form,
            parent=self.parent_of(plan, row, form.parent),
            row=there,
            values={c.target.field: typed(c) for c in row.changes if c.target.field not in SOURCE},
            missing={c.target.field: REASONS[c.new].value for c in row.changes if c.new in REASONS},
            provenance=columns_of(c for c in row.changes if c.target.field in SOURCE),
            version=None if there is None else there.version,
            reason=self.reason,
            overrides=None,
            by=self.by,
        )
        if there is None:
            self.made(plan, row.place.form, saved, [row])
        else:
            self.changed(plan, row, saved)

    def parent_of(self, plan: PatientPlan, row: RowPlan, parent: str) -> Model:
        if parent == "patient":
            return plan.patient
        if parent == "procedure":
            return plan.procedure
        saved = self.visits.get((plan.number, row.place.at))
        return saved if saved is not None else self.found.held_visits[plan.number, row.place.at]

    def made(self, plan: PatientPlan, form: str, saved: Model, rows: list[RowPlan]) -> None:
        """A row that the batch made, with all that it said when it was made."""
        changes = [change for row in rows for change in row.changes]
        self.cells.append(
            ImportedCell(
                site=self.batch.site,
                batch=self.batch,
                patient=plan.patient,
                form=form,
                row_id=saved.pk,
                place=self.place_of(changes[0]) if changes else self.found.where[plan.number],
                made_row=True,
                new={change.target.field: change.new for change in changes},
            )
        )

    def changed(self, plan: PatientPlan, row: RowPlan, saved: Model) -> None:
        for change in row.changes:
            self.cell(plan, row, change, saved)

    def cell(self, plan: PatientPlan, row: RowPlan, change: Change, saved: Model) -> None:
        """A value that the batch wrote over another one, or over nothing."""
        self.cells.append(
            ImportedCell(
                site=self.batch.site,
                batch=self.batch,
                patient=plan.patient,
                form=row.place.form,
                row_id=saved.pk,
                field=change.target.field,
                place=self.place_of(change),
                old=change.old,
                new=change.new,
            )
        )

    def place_of(self, change: Change) -> str:
        """Where a change came from, without a study number: "row 12, vas_pre"."""
        return f"row {self.found.places[change.cell.row]}, {change.cell.column}"[:120]


PROCEDURE_NEEDED = ("procedure", "visit", *(form.key for form in FORMS.values() if form.parent != "patient"))


def covariate_of(change: Change):
    """An attribute's value as its type asks for it."""
    return change.new if change.target.kind.name == "text" and change.new not in REASONS else score_value(change.new)


def typed(change: Change):
    """An answer as a person would type it into the form."""
    if not change.new or change.new in REASONS:
        return ""
    return change.target.kind.value(change.new) if isinstance(change.target.kind, Codes) else change.new
