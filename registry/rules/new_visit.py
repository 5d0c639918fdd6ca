"""A visit as somebody means to record it, and what is wrong with it in itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from registry.errors import Problem
from registry.locks import locked_problem
from registry.models import Instrument, MissingReason, Procedure, Timepoint
from registry.rules.catalogue import findings_for
from registry.rules.record import PatientRecord, ProcedureRecord, VisitRecord
from registry.rules.rule import Finding, Severity
from registry.schedules import day_of, window_of


@dataclass(kw_only=True)
class NewVisit:
    """A visit as somebody means to record it. `scores` maps an Instrument to a Decimal or a MissingReason;
    `source` says where it was read (the columns of Provenance); what is not in it stays as it is. `overrides` holds the
    reasons for what the rules warn of, by their code."""

    procedure: Procedure
    timepoint: Timepoint | None
    timepoint_asserted: bool = True
    visited_on: date | None = None
    visited_precision: str | None = None
    day: int | None = None
    missed: str | None = None
    missed_comment: str = ""
    window_reason: str = ""
    scores: dict[Instrument, Decimal | MissingReason] = field(default_factory=dict)
    source: dict[str, object] = field(default_factory=dict)
    overrides: dict[str, str] = field(default_factory=dict)
    submission_key: UUID = field(default_factory=uuid4)
    where: str = ""
    fields: dict[str, str] = field(default_factory=dict, repr=False)

    def problem(self, rule: str, name: str, value, message: str) -> Problem:
        """A problem of this visit; `fields` renames a field to the column it came from."""
        return Problem(
            rule=rule, field=self.fields.get(name, name), value=str(value), message=message, where=self.where
        )

    def problem_found(self, found: Finding) -> Problem:
        """A finding of this visit, in the words of the form or the file it came from."""
        said = self.problem(found.rule.code, found.address.field, found.value, found.message)
        return replace(said, warning=found.rule.severity is Severity.WARN)

    def set_day(self) -> None:
        """Derive the day from the dates where both are exact."""
        derived = day_of(
            self.visited_on, self.visited_precision, self.procedure.performed_on, self.procedure.performed_precision
        )
        self.day = self.day if derived is None else derived

    @property
    def pk(self) -> UUID:
        """What stands for its id as long as it has none."""
        return self.submission_key

    @property
    def window(self) -> str:
        return window_of(self.timepoint, self.day)


def scores_of(visit: NewVisit) -> tuple[dict[str, Decimal | MissingReason], dict[str, Instrument]]:
    """The scores and the instruments of a visit, by key."""
    values = {instrument.key: value for instrument, value in visit.scores.items()}
    return values, {instrument.key: instrument for instrument in visit.scores}


def check_patient(visit: NewVisit) -> Iterable[Problem]:
    """V9: nothing is added to a patient who was withdrawn, or to a procedure that was entered in error."""
    patient = visit.procedure.patient
    if patient.withdrawn_on is not None:
        yield visit.problem("V9", "timepoint", "", f"The patient was withdrawn on {patient.withdrawn_on}.")
    if patient.error_marked_at is not None or visit.procedure.error_marked_at is not None:
        yield visit.problem("V9", "timepoint", "", "The procedure is marked as entered in error.")
    locked = locked_problem(patient, where=visit.where)
    if locked is not None:
        yield locked


def check_visit(visit: NewVisit, *, today: date, items: dict[UUID, int]) -> list[Problem]:
    """Everything that is wrong with a visit in itself, without the rest of the record."""
    visit.set_day()
    procedure = ProcedureRecord(visit.procedure, visits=[VisitRecord(visit, *scores_of(visit))])
    record = PatientRecord(visit.procedure.patient, [procedure], today=today, items=items)
    touching = {("visit", visit.pk)}
    return [
        *check_patient(visit),
        *(
            visit.problem_found(found)
            for found in findings_for(record, touching=touching)
            if found.rule.severity is Severity.REFUSE and found.address.form == "visit" and not found.awaits
        ),
    ]
