"""Who changed a cell between two freezes, when and why: from the history that the audit triggers keep."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet

from outcomes.freeze_diff import COVARIATE, SCORE, TIME, Cell, Row
from outcomes.variables import labelled
from registry.addressed import of_covariate, of_score, title_of
from registry.chart import FORMS
from registry.history import events_of, told
from registry.models import CovariateValue, FollowUpVisit, Patient, Procedure, Score, TimeToEvent

OWN = (Patient, Procedure)
TITLES = {Patient: "Patient", Procedure: "Procedure", FollowUpVisit: "Visit", TimeToEvent: "Time to event"}
# The tables of the chart, and which of them each group of variables is read from.
CHART = dict.fromkeys(form.model for form in FORMS.values())
FORM_OF = {form.model: form.key for form in FORMS.values() if not form.fixed}
READ_FROM = {form.title: form.model.__name__ for form in FORMS.values()}


@dataclass(frozen=True)
class Reason:
    """One change of the record: of what, by whom, by which route, why, and what stood there afterwards, if known."""

    at: datetime
    who: str
    route: str
    why: str
    of: str
    now: str = ""


@dataclass(frozen=True)
class Happened:
    """A change and the places in a freeze that it may have changed."""

    patient: UUID
    place: tuple[str, str, str]
    reason: Reason


def patients_of(rows: Iterable[Row]) -> dict[Row, UUID]:
    """The patients that rows are of, by the row without its number."""
    wanted = {whose(row) for row in rows}
    patients = Patient.objects.filter(
        site__code__in={row.site for row in wanted},
        study__slug__in={row.study for row in wanted},
        study_number__in={row.study_number for row in wanted},
    )
    found = patients.values_list("site__code", "study__slug", "study_number", "pk")
    return {Row(*names): pk for *names, pk in found if Row(*names) in wanted}


def whose(row: Row) -> Row:
    return Row(row.site, row.study, row.study_number)


def reasons(cells: list[Cell], rows: list[Row], since: datetime, until: datetime) -> tuple[list, list]:
    """For each cell, and for each row that came or went, the changes of the record that explain it.

    As many queries for a hundred cells as for one.
    """
    patients = patients_of([*(cell.row for cell in cells), *rows])
    happened: dict[UUID, list[Happened]] = {}
    for each in changes(list(patients.values()), since, until):
        happened.setdefault(each.patient, []).append(each)
    of_cells = [explained(cell, happened.get(patients.get(whose(cell.row)), [])) for cell in cells]
    return of_cells, [of_row(happened.get(patients.get(whose(row)), [])) for row in rows]


def explained(cell: Cell, happened: list[Happened]) -> list[Reason]:
    """The changes of just this value; else those of the rows that it is read from; else of the patient's record."""
    place = (cell.what.kind, cell.what.name.split("@")[0], cell.what.timepoint)
    exact = [each.reason for each in happened if each.place == place]
    tables = read_from(cell)
    near = [each.reason for each in happened if each.place[0] in tables]
    return exact or once(near) or once(each.reason for each in happened if each.place[0] != SCORE)


def read_from(cell: Cell) -> set[str]:
    """The tables of the record, beside its own, that a cell follows from."""
    if cell.what.kind == SCORE:
        return {FollowUpVisit.__name__}
    variable = labelled(by_fracture=True).get(cell.what.name)
    own = {model.__name__ for model in OWN}
    return {READ_FROM[variable.group]} if variable is not None and variable.group in READ_FROM else own


def of_row(happened: list[Happened]) -> list[Reason]:
    """The changes of the patient and the procedure; else all of the record, which a rule may have looked at."""
    own = {model.__name__ for model in OWN}
    return once(each.reason for each in happened if each.place[0] in own) or once(each.reason for each in happened)


def once(reasons: Iterable[Reason]) -> list[Reason]:
    """What was done together is one change."""
    return list({(each.at, each.who, each.why, each.of): each for each in reasons}.values())


def changes(patients: list[UUID], since: datetime, until: datetime) -> list[Happened]:
    """Everything that happened to these patients' records between two moments, the oldest first."""
    events = []
    for model, beside, read in sources():
        path = "pgh_obj_id" if model is Patient else model.PATIENT_PATH
        rows = events_of(model).filter(pgh_created_at__gt=since, pgh_created_at__lte=until, **{f"{path}__in": patients})
        events += [(event, read) for event in beside(rows.annotate(patient_is=F(path)))]
    events.sort(key=lambda pair: (pair[0].pgh_created_at, pair[0].pgh_id))
    said = told([event for event, _ in events])
    return [happening(event, read, who) for (event, read), who in zip(events, said, strict=True)]


def sources() -> list[tuple]:
    """(table, what is read with its events, how to read one) of all that a freeze is made of."""
    others = [*TITLES, *(model for model in CHART if model not in TITLES)]
    return [
        (Score, with_place_of_score, read_score),
        (CovariateValue, with_name_of_covariate, read_covariate),
        *((model, lambda rows: rows, read_row) for model in others),
    ]


def with_place_of_score(rows: QuerySet) -> QuerySet:
    return rows.select_related("pgh_context", "instrument").annotate(code=F("visit__timepoint__code"))


def with_name_of_covariate(rows: QuerySet) -> QuerySet:
    return rows.annotate(key=F("covariate__name"), label=F("covariate__label"))


def read_score(event) -> tuple[tuple[str, str, str], str, str]:
    """The place that an event is of, what it is called, and what stood there afterwards."""
    standing = of_score(event, event.instrument)
    return (SCORE, event.instrument.key, event.code or ""), event.instrument.name, str(standing)


def read_covariate(event) -> tuple[tuple[str, str, str], str, str]:
    return (COVARIATE, event.key, ""), event.label, str(of_covariate(event))


def read_row(event) -> tuple[tuple[str, str, str], str, str]:
    model = event._meta.get_field("pgh_obj").related_model
    if model is TimeToEvent:
        return (TIME, event.name, ""), TITLES[model], ""
    title = TITLES.get(model) or title_of(FORM_OF.get(model) or event.kind)
    return (model.__name__, "", ""), title[:1].upper() + title[1:].replace("_", " "), ""


def happening(event, read, said: tuple[str, str, str]) -> Happened:
    place, of, now = read(event)
    who, route, why = said
    return Happened(event.patient_is, place, Reason(event.pgh_created_at, who, route, why, of, now))
