"""What is recorded already, written as a file would write it: the texts that the staged import compares with.

One chunk of patients costs the same few queries, however many of them there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Model, QuerySet

from registry.chart import FORMS, Form
from registry.imports.kinds import bracketed
from registry.imports.said import ON, Place
from registry.imports.targets import Targets
from registry.models import CovariateValue, FollowUpVisit, Patient, Procedure, Score
from registry.partial_dates import as_typed
from registry.rules import plain

# Marked so when an import is undone: the same file may bring it again.
UNDONE = "Import undone"


@dataclass
class Held:
    """A row of the record: its answers as texts, and the rows that hold them (scores and attributes have their own)."""

    row: Model | None = None
    values: dict[str, str] = field(default_factory=dict)
    parts: dict[str, Model] = field(default_factory=dict)


@dataclass
class Record:
    """The rows of some patients by their place. `gone`: patients marked as entered in error."""

    patients: dict[str, Patient] = field(default_factory=dict)
    gone: dict[str, Patient] = field(default_factory=dict)
    procedures: dict[str, Procedure] = field(default_factory=dict)
    held: dict[Place, Held] = field(default_factory=dict)


class Loader:
    """Reads the record of patients. `lock`: nobody else may change these rows until the transaction ends."""

    def __init__(self, targets: Targets, forms: Iterable[str], *, lock: bool = False):
        self.targets, self.lock = targets, lock
        self.forms = [FORMS[key] for key in dict.fromkeys(forms) if key in FORMS]

    def load(self, numbers: Iterable[str] | None = None) -> Record:
        """Everything of the patients with these study numbers; None: of all of them."""
        record = Record()
        rows = Patient.objects.filter(study=self.targets.study, site=self.targets.site)
        for row in self.rows(rows if numbers is None else rows.filter(study_number__in=list(numbers))):
            (record.patients if row.error_marked_at is None else record.gone)[row.study_number] = row
        self.add_patients(record)
        self.add_procedures(record)
        self.add_visits(record)
        for form in self.forms:
            self.add_form(record, form)
        return record

    def rows(self, rows: QuerySet) -> QuerySet:
        return rows.order_by("pk").select_for_update(of=("self",)) if self.lock else rows

    def add_patients(self, record: Record) -> None:
        numbers = {patient.pk: number for number, patient in record.patients.items()}
        targets = self.targets.of_form("patient")
        for number, patient in record.patients.items():
            values = {target.field: target.kind.text(patient) for target in targets}
            record.held[Place(number, "patient")] = Held(patient, values)
            record.held[Place(number, "covariate")] = Held(patient)
        names = {covariate.pk: name for name, covariate in self.targets.covariates.items()}
        for row in self.rows(CovariateValue.objects.filter(patient__in=numbers)):
            held, name = record.held[Place(numbers[row.patient_id], "covariate")], names[row.covariate_id]
            held.parts[name], held.values[name] = row, written(row.missing, row.number, row.text)

    def add_procedures(self, record: Record) -> None:
        numbers = {patient.pk: number for number, patient in record.patients.items()}
        rows = Procedure.objects.valid().filter(patient__in=numbers, is_index=True)
        targets = self.targets.of_form("procedure")
        for row in self.rows(rows):
            number = numbers[row.patient_id]
            row.patient = record.patients[number]
            record.procedures[number] = row
            values = {target.field: target.kind.text(row) for target in targets}
            record.held[Place(number, "procedure")] = Held(row, values)

    def add_visits(self, record: Record) -> None:
        numbers = {procedure.pk: number for number, procedure in record.procedures.items()}
        timepoints = {each.pk: each for each in self.targets.timepoints.values()}
        columns = [target for target in self.targets.of_form("visit") if target.instrument is None]
        by_pk: dict = {}
        rows = FollowUpVisit.objects.valid().filter(procedure__in=numbers)
        for row in sorted(self.rows(rows), key=lambda row: (not row.timepoint_asserted, row.recorded_at)):
            number = numbers[row.procedure_id]
            row.procedure, row.timepoint = record.procedures[number], timepoints.get(row.timepoint_id)
            held = Held(row, {target.field: target.kind.text(row) for target in columns})
            by_pk[row.pk] = held
            for at in names_of(row):
                record.held.setdefault(Place(number, "visit", at), held)
        self.add_scores(by_pk)

    def add_scores(self, by_pk: dict) -> None:
        keys = {instrument.pk: key for key, instrument in self.targets.instruments.items()}
        rows = Score.objects.valid().filter(visit__in=by_pk, instrument__in=keys)
        for row in rows.order_by("pk"):
            key, held = keys[row.instrument_id], by_pk[row.visit_id]
            row.instrument = self.targets.instruments[key]
            held.parts[key], held.values[key] = row, written(row.missing, row.value, None)

    def add_form(self, record: Record, form: Form) -> None:
        """The rows of a form, numbered in the order of recording where it repeats."""
        parents = {held.row.pk: place for place, held in reversed(record.held.items()) if place.form == form.parent}
        counts: dict[Place, int] = defaultdict(int)
        rows = form.model.objects.valid().filter(**{f"{form.parent}__in": parents}, **form.fixed)
        targets = self.targets.of_form(form.key)
        for row in sorted(self.rows(rows), key=lambda row: (row.recorded_at, row.pk)):
            parent = parents[getattr(row, f"{form.parent}_id")]
            counts[parent] += form.repeats
            place = Place(parent.patient, form.key, parent.at, counts[parent])
            values = {target.field: answer_in(row, target) for target in targets}
            record.held[place] = Held(row, values)


def names_of(visit: FollowUpVisit) -> Iterator[str]:
    """The names by which a file can mean a visit: its timepoint, its date."""
    if visit.timepoint is not None:
        yield visit.timepoint.code
    if visit.visited_on is not None:
        yield f"{ON}{as_typed(visit.visited_on, visit.visited_precision)}"


def answer_in(row: Model, target) -> str:
    """A field of a form: its value, or its reason."""
    return bracketed(row.missing.get(target.field)) or target.kind.text(row)


def written(missing: str | None, number: Decimal | None, text: str | None) -> str:
    """A row that holds a number, a text or a reason."""
    if missing:
        return bracketed(missing)
    return text if number is None else plain(number) if number else "0"
