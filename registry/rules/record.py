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
        """The valid rows of a form."""
        return self.forms.get(form, [])

    def only(self, form: str) -> Model | None:
        """The row of a form that is filled once."""
        rows = self.forms.get(form)
        return rows[0] if rows else None


@dataclass(eq=False)
class VisitRecord(HasForms):
    """One visit: its row (or a visit as somebody means to record it), scores by instrument key, further forms."""

    visit: FollowUpVisit
    scores: dict[str, Decimal | MissingReason]
    instruments: dict[str, Instrument]
    forms: Rows = field(default_factory=dict)
    of: "ProcedureRecord" = field(default=None, repr=False)

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
