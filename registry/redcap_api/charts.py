"""The record of some patients as rows of a project: constant queries, however many patients they are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import models

from registry.chart import FORMS, Form, is_complete
from registry.chart_words import fits
from registry.models import FollowUpVisit, Patient, Procedure, Score
from registry.models.chart import ChartRow, precision_of
from registry.profiles import RESOURCES, rows_of
from registry.profiles import project as project_rows
from registry.redcap_api.layout import OPIOID_VISIT, RECORD, Project, RedcapEvent
from registry.rules import plain
from registry.schedules import day_of

COMPLETE, INCOMPLETE = "2", "0"
FAR = 1_000_000_000


@dataclass(frozen=True)
class Answer:
    """What stands in a field: a value (the codes of a checkbox: several), or the reason why there is none."""

    value: str | tuple[str, ...] = ""
    missing: str = ""

    @property
    def is_empty(self) -> bool:
        return self.value == "" and not self.missing


EMPTY = Answer()


@dataclass
class Row:
    """A row of the export: its place, the answers by field, and the forms that are filled in it."""

    record: str
    event: RedcapEvent
    group: str
    instrument: str = ""
    instance: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    complete: dict[str, str] = field(default_factory=dict)


Told = dict[UUID, dict]


@dataclass
class Chart:
    """A patient with everything that is recorded of the index procedure; `others` are the further procedures.

    `told` is what leaves of a row in the project's profile, as the API writes it; `scores`: by visit and instrument.
    """

    record: str
    patient: Patient
    told: Told = field(default_factory=dict)
    index: Procedure | None = None
    others: list[Procedure] = field(default_factory=list)
    visits: list[FollowUpVisit] = field(default_factory=list)
    scores: dict[UUID, dict[str, dict]] = field(default_factory=lambda: defaultdict(dict))
    rows: dict[tuple[str, UUID], list[ChartRow]] = field(default_factory=lambda: defaultdict(list))


def charts_of(names: Sequence[tuple[str, UUID]], project: Project) -> list[Chart]:
    """The charts of patients, given as (record id, id), in their order."""
    people = Patient.objects.select_related("site").in_bulk([pk for _, pk in names])
    charts = {pk: Chart(record, people[pk]) for record, pk in names if pk in people}
    for pk, told in leaving("patients", project, pk__in=charts).items():
        charts[pk].told[pk] = told
    procedures = leaving("procedures", project, patient__in=charts)
    for procedure in Procedure.objects.valid().filter(patient__in=charts).order_by("performed_on", "id"):
        chart = charts[procedure.patient_id]
        chart.told[procedure.pk] = procedures.get(procedure.pk, {})
        if procedure.is_index:
            chart.index = procedure
        else:
            chart.others.append(procedure)
    add_visits({chart.index.pk: chart for chart in charts.values() if chart.index is not None}, project)
    add_forms(charts)
    return list(charts.values())


def leaving(resource: str, project: Project, **which) -> Told:
    """What leaves of the rows of a resource, by their ids."""
    tables = RESOURCES[resource]
    rows = [rows_of(table, project.user, project.profile).filter(**which).order_by() for table in tables]
    return project_rows(resource, rows, project.profile, project.user)


def add_visits(charts: dict[UUID, Chart], project: Project) -> None:
    """The visits of index procedures, with their scores."""
    visits = list(FollowUpVisit.objects.valid().filter(procedure__in=charts).select_related("timepoint"))
    told, of_visit = leaving("visits", project, pk__in=[visit.pk for visit in visits]), {}
    for visit in sorted(visits, key=in_time):
        of_visit[visit.pk] = chart = charts[visit.procedure_id]
        chart.visits.append(visit)
        chart.told[visit.pk] = told.get(visit.pk, {})
    scores = list(Score.objects.valid().filter(visit__in=of_visit).values_list("pk", "visit_id", "instrument_id"))
    told = leaving("scores", project, pk__in=[pk for pk, _, _ in scores])
    for pk, visit, instrument in scores:
        if pk in told:
            of_visit[visit].scores[visit][str(instrument)] = told[pk]


def in_time(visit: FollowUpVisit) -> tuple:
    day = FAR if visit.day is None else visit.day
    return day, visit.visited_on or date.max, visit.recorded_at, visit.pk


def add_forms(charts: dict[UUID, Chart]) -> None:
    """The rows of the chart's forms by form and parent, those that repeat in the order in which they were recorded."""
    for model in {form.model: None for form in FORMS.values()}:
        forms = [form for form in FORMS.values() if form.model is model]
        rows = model.objects.valid().filter(**{f"{model.PATIENT_PATH}__in": charts})
        for row in rows.annotate(of_patient=models.F(model.PATIENT_PATH)).order_by("recorded_at", "id"):
            form = next((form for form in forms if fits(form, row)), None)
            if form is not None:
                charts[row.of_patient].rows[form.key, getattr(row, f"{form.parent}_id")].append(row)


class Rows:
    """Turns charts into the rows of a project."""

    def __init__(self, project: Project):
        self.project = project

    def of(self, chart: Chart) -> list[Row]:
        """All rows of a record, in the order of its events."""
        return [*self.of_the_chart(chart), *self.of_visits(chart)]

    def of_the_chart(self, chart: Chart) -> Iterator[Row]:
        """What is known of the patient and of the index procedure; then the forms that repeat."""
        first, event = self.row(chart, self.project.chart), self.project.chart
        told = chart.told.get(chart.patient.pk, {})
        self.fill(first, "patient", said(told) | {RECORD: Answer(chart.record)})
        self.fill(first, "covariates", {name: of_value(one) for name, one in told.get("covariates", {}).items()})
        if chart.index is not None:
            self.fill(first, "procedure", said(chart.told[chart.index.pk]))
        parents = {"patient": chart.patient, "procedure": chart.index}
        self.fill_once(first, chart, parents)
        yield first
        yield from self.further(chart)
        yield from self.repeated(chart, event, parents)

    def further(self, chart: Chart) -> Iterator[Row]:
        for number, procedure in enumerate(chart.others, start=1):
            row = self.row(chart, self.project.chart, "further_procedure", str(number))
            self.fill(row, "further_procedure", said(chart.told[procedure.pk]))
            yield row

    def of_visits(self, chart: Chart) -> Iterator[Row]:
        """A row for each planned moment, of the visit that counts for it; the others repeat the last event."""
        rest = list(chart.visits)
        for event in self.project.events[1:-1]:
            visit = the_one(visit for visit in chart.visits if visit.timepoint_id == event.timepoint.pk)
            if visit is not None:
                rest.remove(visit)
                yield self.of_visit(chart, visit, event)
                yield from self.repeated(chart, event, {"visit": visit})
        event, lines = self.project.unscheduled, []
        for number, visit in enumerate(rest, start=1):
            yield self.of_visit(chart, visit, event, str(number))
            for row in self.repeated(chart, event, {"visit": visit}):
                row.answers[OPIOID_VISIT.name] = Answer(str(number))
                lines.append(row)
        for number, row in enumerate(lines, start=1):
            row.instance = str(number)
            yield row

    def of_visit(self, chart: Chart, visit: FollowUpVisit, event: RedcapEvent, instance: str = "") -> Row:
        row = self.row(chart, event, instance=instance)
        self.fill(row, "visit", said(chart.told[visit.pk]))
        scores = {instrument: of_value(told) for instrument, told in chart.scores[visit.pk].items()}
        if scores:
            self.fill(row, "scores", scores)
        self.fill_once(row, chart, {"visit": visit})
        return row

    def row(self, chart: Chart, event: RedcapEvent, instrument: str = "", instance: str = "") -> Row:
        return Row(chart.record, event, chart.patient.site.code, instrument, instance)

    def fill(self, row: Row, form: str, found: dict[str, Answer]) -> None:
        """Put the answers of a form, given by their sources, into a row."""
        fields = self.project.by_form[form]
        row.answers |= {one.name: found[one.source] for one in fields if one.source in found}
        lacking = any(one.required and row.answers.get(one.name, EMPTY).is_empty for one in fields)
        row.complete[form] = INCOMPLETE if lacking else COMPLETE

    def fill_once(self, row: Row, chart: Chart, parents: dict) -> None:
        """The forms of the parents that are filled once."""
        for form, rows in self.forms_of(chart, parents):
            if not form.repeats and rows:
                self.fill_form(row, form, rows[0], chart.index)

    def repeated(self, chart: Chart, event: RedcapEvent, parents: dict) -> Iterator[Row]:
        """A row for each row of a form of the parents that repeats."""
        for form, rows in self.forms_of(chart, parents):
            if form.repeats:
                for number, each in enumerate(rows, start=1):
                    row = self.row(chart, event, form.key, str(number))
                    self.fill_form(row, form, each, chart.index)
                    yield row

    def forms_of(self, chart: Chart, parents: dict) -> Iterator[tuple[Form, list[ChartRow]]]:
        for form in FORMS.values():
            parent = parents.get(form.parent)
            if parent is not None:
                yield form, chart.rows.get((form.key, parent.pk), [])

    def fill_form(self, row: Row, form: Form, found: ChartRow, index: Procedure | None) -> None:
        for one in self.project.by_form[form.key]:
            if one.source in found.missing:
                row.answers[one.name] = Answer(missing=found.missing[one.source])
            elif one.is_day:
                row.answers[one.name] = written(days_from(index, found, one.source))
            elif one.source:
                row.answers[one.name] = written(getattr(found, found._meta.get_field(one.source).attname))
        row.complete[form.key] = COMPLETE if is_complete(form, found) else INCOMPLETE


def days_from(index: Procedure | None, row: ChartRow, name: str) -> int | None:
    """Days from the index procedure to a date of a form; None unless both are known to the day."""
    if index is None:
        return None
    precision = getattr(row, precision_of(name))
    return day_of(getattr(row, name), precision, index.performed_on, index.performed_precision)


def the_one(visits: Iterable[FollowUpVisit]) -> FollowUpVisit | None:
    """Of several visits for one planned moment: the asserted one, else the nearest to the target, else the earlier."""
    return min(visits, key=lambda visit: (not visit.timepoint_asserted, distance(visit), *in_time(visit)), default=None)


def distance(visit: FollowUpVisit) -> int:
    target = visit.timepoint.target_day
    return FAR if None in (visit.day, target) else abs(visit.day - target)


def of_value(told: dict) -> Answer:
    """A score, or an attribute: a value or the reason why there is none."""
    return Answer(missing=told["missing"]) if told["missing"] else Answer(told["value"])


def said(told: dict) -> dict[str, Answer]:
    """The fields of a row of the API as answers."""
    return {name: written(value) for name, value in told.items() if not isinstance(value, dict)}


def written(value) -> Answer:
    """A value as the record's own API writes it."""
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return Answer("1" if value else "0")
    if isinstance(value, list):
        return Answer(tuple(value))
    if isinstance(value, Decimal):
        return Answer(plain(value))
    return Answer(value.isoformat() if isinstance(value, date) else str(value))
