"""A patient's record in memory, as the rules read it: no rule asks the database.

patient ── forms {key: rows} ── procedures ── forms, visits ── forms, scores
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import Model

from registry.models import FollowUpVisit, Instrument, MissingReason, Patient, Procedure, Timepoint
from registry.rules.dates import Moment

Rows = dict[str, list[Model]]


class HasForms:
    """The filled forms of a patient, a procedure or a visit, by the key of the form."""

    forms: Rows

    def rows(self, form: str) -> list[Model]:
        """The valid rows of a form that tell of something: by another the form is said to have none, or to be lost."""
        return [row for row in self.forms.get(form, ()) if row.unavailable is None]

    def only(self, form: str) -> Model | None:
        """The row of a form that is filled once."""
        return next(iter(self.rows(form)), None)

    def is_lost(self, form: str) -> bool:
        """Whether somebody said that a form cannot be filled, for another reason than that there was nothing."""
        nothing = (None, MissingReason.NOT_APPLICABLE)
        return any(row.unavailable not in nothing for row in self.forms.get(form, ()))


@dataclass(eq=False)
class VisitRecord(HasForms):
    """One visit: its row (or a visit as somebody means to record it), scores by instrument key, further forms."""

    visit: FollowUpVisit
    scores: dict[str, Decimal | MissingReason]
    instruments: dict[str, Instrument]
    forms: Rows = field(default_factory=dict)
    of: "ProcedureRecord" = field(default=None, repr=False)

    @property
    def pk(self) -> UUID:
        return self.visit.pk

    @cached_property
    def numbers(self) -> dict[str, Decimal]:
        """The scores that are numbers."""
        return {key: value for key, value in self.scores.items() if type(value) is Decimal and value.is_finite()}

    @property
    def is_baseline(self) -> bool:
        timepoint = self.visit.timepoint
        return timepoint is not None and timepoint.kind == Timepoint.Kind.BASELINE

    @cached_property
    def place(self) -> int | None:
        """The day of the visit, else the day that was planned: what orders a patient's visits."""
        timepoint = self.visit.timepoint
        return timepoint.target_day if self.visit.day is None and timepoint else self.visit.day

    @property
    def when(self) -> Moment | None:
        return Moment.of(self.visit, "visited")


@dataclass(eq=False)
class ProcedureRecord(HasForms):
    """One procedure with its forms and visits."""

    procedure: Procedure
    forms: Rows = field(default_factory=dict)
    visits: list[VisitRecord] = field(default_factory=list)
    of: "PatientRecord" = field(default=None, repr=False)

    @property
    def pk(self) -> UUID:
        return self.procedure.pk

    @property
    def when(self) -> Moment | None:
        return Moment.of(self.procedure, "performed")

    @property
    def in_order(self) -> list[VisitRecord]:
        """The visits that took place and whose place is known, the first one first."""
        placed = [visit for visit in self.visits if visit.visit.missed is None and visit.place is not None]
        return sorted(placed, key=lambda visit: visit.place)

    @property
    def baseline(self) -> VisitRecord | None:
        """The last baseline before the procedure."""
        return next((visit for visit in reversed(self.in_order) if visit.is_baseline), None)


@dataclass(eq=False)
class PatientRecord(HasForms):
    """A patient with everything that is recorded and not marked as entered in error."""

    patient: Patient
    procedures: list[ProcedureRecord] = field(default_factory=list)
    forms: Rows = field(default_factory=dict)
    covariates: dict[str, Decimal] = field(default_factory=dict)
    today: date = date.max
    items: dict[UUID, int] = field(default_factory=dict, repr=False)

    def __post_init__(self):
        for procedure in self.procedures:
            procedure.of = self
            for visit in procedure.visits:
                visit.of = procedure

    @property
    def pk(self) -> UUID:
        return self.patient.pk

    @property
    def visits(self) -> Iterator[VisitRecord]:
        for procedure in self.procedures:
            yield from procedure.visits

    @property
    def index(self) -> ProcedureRecord | None:
        """The procedure from which the patient is followed."""
        return next((each for each in self.procedures if each.procedure.is_index), None)

    @property
    def places(self) -> Iterator[HasForms]:
        """Whatever forms hang on: the patient, the procedures, the visits."""
        yield self
        for procedure in self.procedures:
            yield procedure
            yield from procedure.visits

    @property
    def schedule(self) -> str:
        """The slug of the study's schedule: the published cohorts have rules of their own."""
        return self.patient.study.schedule.slug


def record_with(
    record: PatientRecord, form: str, row: Model, scores: dict | None = None, instruments: dict | None = None
) -> PatientRecord:
    """The record with a row as it is meant to be saved in its place, or without it where it is marked as an error.

    `scores` of a visit by instrument key, with their `instruments`. The record is changed: load it for the purpose.
    """
    if form == "patient":
        record.patient = row
    elif form == "procedure":
        put_procedure(record, row)
    elif form == "visit":
        put_visit(record, row, scores or {}, instruments or {})
    else:
        put_form(record, form, row)
    return record


def put_procedure(record: PatientRecord, row: Procedure) -> None:
    there = next((each for each in record.procedures if each.procedure.pk == row.pk), None)
    if row.error_marked_at is not None:
        record.procedures = [each for each in record.procedures if each is not there]
    elif there is None:
        record.procedures.append(ProcedureRecord(row, of=record))
    else:
        there.procedure = row
        for visit in there.visits:
            visit.visit.procedure = row


def put_visit(record: PatientRecord, row: FollowUpVisit, scores: dict, instruments: dict) -> None:
    for procedure in record.procedures:
        there = next((each for each in procedure.visits if each.visit.pk == row.pk), None)
        forms = there.forms if there else {}
        procedure.visits = [each for each in procedure.visits if each is not there]
        if procedure.procedure.pk == row.procedure_id and row.error_marked_at is None:
            procedure.visits.append(VisitRecord(row, scores, instruments, forms, of=procedure))


def put_form(record: PatientRecord, form: str, row: Model) -> None:
    parent = getattr(row, f"{row.PARENT}_id")
    for place in record.places:
        if place.pk == parent:
            others = [each for each in place.forms.get(form, ()) if each.pk != row.pk]
            place.forms[form] = others if row.error_marked_at is not None else [*others, row]
