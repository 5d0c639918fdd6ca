"""The patients of a study down, its planned visits and the forms of the chart across: how far each is."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from registry.asked import asked_instruments, due_at
from registry.cell_states import Cell, State, form_cell, visit_cell
from registry.chart import FORMS, Form
from registry.models import (
    FollowUpVisit,
    MissingReason,
    Patient,
    Procedure,
    Query,
    Score,
    Study,
    Timepoint,
    Verification,
)
from registry.planned import planned_visits
from registry.unfinished import once_only, rows_of

EVERY_VISIT = ("visit_details", "opioid_line")


@dataclass(frozen=True)
class Column:
    """A planned visit, a form of a planned visit, or a form of the chart (no timepoint)."""

    title: str
    timepoint: Timepoint | None = None
    form: Form | None = None


@dataclass(frozen=True)
class Row:
    """A patient with a cell for each column."""

    patient: Patient
    procedure: Procedure | None
    cells: list[tuple[Column, Cell]]
    queries: int = 0


@dataclass
class Found:
    """What is recorded of the patients of a page, by the row or the parent that it belongs to."""

    procedures: dict[UUID, Procedure] = field(default_factory=dict)
    planned: dict[tuple[UUID, UUID], dict] = field(default_factory=dict)
    visits: dict[tuple[UUID, UUID], list[FollowUpVisit]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[UUID, dict[UUID, bool]] = field(default_factory=lambda: defaultdict(dict))
    forms: dict[tuple[str, UUID], list] = field(default_factory=lambda: defaultdict(list))
    queries: dict[UUID, int] = field(default_factory=Counter)
    of_patient: dict[UUID, int] = field(default_factory=Counter)
    verified: dict[UUID, int] = field(default_factory=Counter)


def columns(study: Study, *, every_form: bool) -> list[Column]:
    """The planned visits with those of their forms that the study uses, then the chart: the forms filled once, and
    those that the study uses; or every form."""
    used = used_forms(study)
    shown = lambda form: every_form or form.key in used  # noqa: E731
    across = []
    for timepoint in study.schedule.timepoints.all():
        across.append(Column(timepoint.label, timepoint))
        across += [Column(FORMS[key].title, timepoint, FORMS[key]) for key in EVERY_VISIT if shown(FORMS[key])]
    once = {form.key for form in once_only()}
    return across + [
        Column(form.title, form=form)
        for form in FORMS.values()
        if form.parent != "visit" and (form.key in once or shown(form))
    ]


def used_forms(study: Study) -> set[str]:
    """The forms of which the study has a row."""
    filled = {f"has_{key}": Exists(rows_of(form).filter(**{form.model.STUDY_PATH: OuterRef("pk")})) for key, form in
              FORMS.items()}  # fmt: skip
    row = Study.objects.filter(pk=study.pk).annotate(**filled).values(*filled).get()
    return {name.removeprefix("has_") for name, there in row.items() if there}


def rows(study: Study, patients: Iterable[Patient], across: list[Column], *, on: date, may_record: set) -> list[Row]:
    """The rows of some patients, in as many queries for one as for hundreds."""
    patients = list(patients)
    found = find(patients, across, on)
    asked = {site: asked_instruments(study, site) for site in {patient.site_id for patient in patients}}
    due = {
        (site, column.timepoint.pk): {each.pk for each in due_at(instruments, column.timepoint)}
        for site, instruments in asked.items()
        for column in across
        if column.timepoint is not None
    }
    return [row_of(patient, found, across, due, patient.site_id in may_record) for patient in patients]


def row_of(patient: Patient, found: Found, across: list[Column], due: dict, may_record: bool) -> Row:
    procedure = found.procedures.get(patient.pk)
    cells = [(column, cell_of(column, patient, procedure, found, due, may_record)) for column in across]
    return Row(patient, procedure, cells, found.of_patient[patient.pk])


def cell_of(column: Column, patient: Patient, procedure, found: Found, due: dict, may_record: bool) -> Cell:
    if procedure is None and (column.timepoint or column.form.parent == "procedure"):
        return Cell(State.NOTHING, "no procedure")
    if column.timepoint is None:
        parent = patient if column.form.parent == "patient" else procedure
        return form_cell(column.form, patient, found.forms[column.form.key, parent.pk], found)
    slot = (procedure.pk, column.timepoint.pk)
    visits = found.visits[slot]
    if column.form is not None:
        filled = [row for visit in visits for row in found.forms[column.form.key, visit.pk]]
        return form_cell(column.form, patient, filled, found) if filled else Cell(State.NOTHING, "none")
    wanted = due[patient.site_id, column.timepoint.pk]
    return visit_cell(procedure, column.timepoint, visits, wanted, found, may_record)


def find(patients: list[Patient], across: list[Column], on: date) -> Found:
    """Everything about some patients that the cells ask for."""
    found = Found()
    procedures = Procedure.objects.valid().filter(patient__in=patients, is_index=True).order_by()
    found.procedures = {each.patient_id: each for each in procedures}
    slots = planned_visits(procedures, on=on).values("pk", "point", "fate", "opens_on", "closes_on", "missed_because")
    found.planned = {(slot["pk"], slot["point"]): slot for slot in slots}
    find_visits(found, procedures)
    for form in {column.form.key: column.form for column in across if column.form}.values():
        path = {"patient": "patient", "procedure": "procedure__patient", "visit": "visit__procedure__patient"}
        for row in rows_of(form).filter(**{f"{path[form.parent]}__in": patients}).order_by("recorded_at", "pk"):
            found.forms[form.key, getattr(row, f"{form.parent}_id")].append(row)
    find_marks(found, patients)
    return found


def find_visits(found: Found, procedures: QuerySet) -> None:
    """The visits of each planned visit, one that took place first, and which instruments each answers."""
    visits = FollowUpVisit.objects.valid().filter(procedure__in=procedures, timepoint__isnull=False)
    for visit in visits.order_by("procedure", "timepoint", "day", "pk"):
        if visit.missed != MissingReason.NOT_DUE:
            found.visits[visit.procedure_id, visit.timepoint_id].append(visit)
    for here in found.visits.values():
        here.sort(key=lambda visit: (visit.missed is not None, not visit.timepoint_asserted))
    scores = Score.objects.valid().filter(visit__in=visits).order_by()
    for visit, instrument, value in scores.values_list("visit_id", "instrument_id", "value"):
        found.answers[visit][instrument] = value is not None


def find_marks(found: Found, patients: list[Patient]) -> None:
    """Open queries and standing verifications, by the row that they are about."""
    open_ones = Query.objects.filter(patient__in=patients, status__in=(Query.Status.OPEN, Query.Status.ANSWERED))
    for patient, row in open_ones.order_by().values_list("patient_id", "row_id"):
        found.queries[row] += 1
        found.of_patient[patient] += 1
    standing = Verification.objects.filter(patient__in=patients, dropped_at=None).order_by()
    found.verified.update(standing.values_list("row_id", flat=True))
