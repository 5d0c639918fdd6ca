"""The record as it would be with a file's answers in their places, in memory: what the rules look at, what is written.

Unsaved rows have their ids already: a finding of a rule and the row that is saved later mean the same thing.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Model

from registry.chart import FORMS
from registry.imports.kinds import REASONS
from registry.imports.recorded import Held, Record
from registry.imports.said import ON, Cell, Place
from registry.imports.targets import SOURCE, VISIT_FIELDS, Target, Targets
from registry.models import MissingReason, Patient, Procedure
from registry.rules import NewVisit
from registry.schedules import timepoint_for

AS_IN_THE_FILE = "As in the imported file."


@dataclass
class Change:
    """One answer that becomes another one."""

    target: Target
    old: str
    new: str
    cell: Cell

    @property
    def how(self) -> str:
        """new, changed, or cleared."""
        if not self.old:
            return "new"
        return "changed" if self.cell.text else "cleared"


@dataclass
class RowPlan:
    """A row of the record with its changes; `held` None: the row is new. `made`: what it will be."""

    place: Place
    held: Held | None
    changes: list[Change] = field(default_factory=list)
    made: object = None

    @property
    def is_new(self) -> bool:
        return self.held is None or self.held.row is None

    def values(self) -> dict[str, str]:
        """The answers of the row as they will be."""
        old = {} if self.held is None else self.held.values
        return old | {change.target.field: change.new for change in self.changes}


@dataclass
class PatientPlan:
    """Everything that a file brings to one patient."""

    number: str
    patient: Patient
    procedure: Procedure | None
    is_new: bool
    revived: bool = False
    rows: list[RowPlan] = field(default_factory=list)

    def of(self, form: str) -> list[RowPlan]:
        return [row for row in self.rows if row.place.form == form]


def columns_of(changes: Iterable[Change]) -> dict:
    """The columns that changes fill; a reason for missing empties its column."""
    found: dict = {}
    for change in changes:
        found |= change.target.kind.columns("" if change.new in REASONS else change.new)
    return found


def patient_plan(number: str, record: Record, targets: Targets) -> PatientPlan:
    """A patient as recorded, or as to be enrolled, with the procedure from which the patient is followed."""
    there, gone = record.patients.get(number), record.gone.get(number)
    patient = copy(there or gone) or None
    if patient is None:
        patient = Patient(study=targets.study, site=targets.site, study_number=number)
    patient.study = targets.study
    procedure = copy(record.procedures.get(number))
    if procedure is None:
        procedure = Procedure(site=targets.site, patient=patient)
    procedure.patient = patient
    return PatientPlan(number, patient, procedure, is_new=there is None, revived=there is None and gone is not None)


def carry_out(plan: PatientPlan, targets: Targets, recorded_visits: set[str]) -> None:
    """Put the changes into the patient's rows: the patient and procedure first, visits count from them.

    A form of a visit that is nowhere recorded brings its visit along.
    """
    named = {row.place.at for row in plan.of("visit")} | recorded_visits
    hanging = {row.place.at: None for row in plan.rows if row.place.form in FORMS and row.place.at}
    plan.rows += [RowPlan(Place(plan.number, "visit", at), None) for at in hanging if at not in named]
    for form, row in (("patient", plan.patient), ("procedure", plan.procedure)):
        for planned in plan.of(form):
            for name, value in columns_of(planned.changes).items():
                setattr(row, name, value)
            planned.made = row
    for planned in plan.of("visit"):
        planned.made = visit_of(planned, plan, targets)
    for planned in plan.rows:
        if planned.place.form in FORMS:
            planned.made = form_row(planned, plan)


def visit_of(planned: RowPlan, plan: PatientPlan, targets: Targets) -> NewVisit:
    """A visit as it is to be recorded, with all its scores, the recorded ones too."""
    row = None if planned.is_new else planned.held.row
    known = {} if row is None else {name: getattr(row, name) for name in (*VISIT_COLUMNS, "timepoint_asserted")}
    at = planned.place.at
    visit = NewVisit(
        procedure=plan.procedure,
        timepoint=targets.timepoints.get(at) if row is None else row.timepoint,
        **known,
    )
    if row is not None:
        visit.submission_key = row.pk
    columns = columns_of(change for change in planned.changes if change.target.instrument is None)
    visit.source = {name: columns.pop(name) for name in SOURCE if name in columns}
    for name, value in columns.items():
        setattr(visit, name, value)
    visit.missed_comment, visit.window_reason = visit.missed_comment or "", visit.window_reason or ""
    visit.set_day()
    if at.startswith(ON) and row is None:
        visit.timepoint, visit.timepoint_asserted = timepoint_for(targets.timepoints.values(), visit.day), False
    if visit.window == "outside" and not visit.window_reason:
        visit.window_reason = AS_IN_THE_FILE
    visit.scores = scores_in(planned, targets)
    return visit


VISIT_COLUMNS = (*VISIT_FIELDS, "visited_precision")


def scores_in(planned: RowPlan, targets: Targets) -> dict:
    """The scores of a visit as somebody would type them: totals that follow from their items are left to follow."""
    texts = {change.target.instrument.key: change.new for change in planned.changes if change.target.instrument}
    typed = {
        key: planned.held.values[key]
        for key, score in (planned.held.parts if planned.held else {}).items()
        if not score.derived
    }
    return {targets.instruments[key]: score_value(text) for key, text in (typed | texts).items()}


def score_value(text: str) -> Decimal | MissingReason:
    return REASONS[text] if text in REASONS else Decimal(text)


def form_row(planned: RowPlan, plan: PatientPlan) -> Model:
    """A row of the chart as it is to be, unsaved."""
    form = FORMS[planned.place.form]
    if planned.is_new:
        row = form.model(site_id=plan.patient.site_id, **form.fixed)
    else:
        row = copy(planned.held.row)
        row.missing = dict(row.missing)
    for name, value in columns_of(planned.changes).items():
        setattr(row, name, value)
    for change in planned.changes:
        row.missing.pop(change.target.field, None)
        if change.new in REASONS:
            row.missing[change.target.field] = REASONS[change.new].value
    return row
