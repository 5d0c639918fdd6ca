"""The rows of the chart out of the database: one query a form that anybody has filled, however many patients."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import CharField, DateField, Field, Model, QuerySet

from outcomes.variables.answers import is_stored
from outcomes.variables.chart import Chart, Row
from registry.chart import FORMS
from registry.models import Event, FollowUpVisit, MissingReason, Score
from registry.models.chart import answers_of, precision_of

DEATH = "death"
NOTHING = MissingReason.NOT_APPLICABLE.value
# The instrument that says whether any opioid is in use at a visit.
ON_OPIOID = "opioid"
VISIT = ("pk", "procedure_id", "procedure__patient_id", "day", "visited_on", "visited_precision", "timepoint__code",
         "timepoint__kind", "timepoint__order")  # fmt: skip
PATHS = {"patient": "patient", "procedure": "procedure__patient", "visit": "visit__procedure__patient"}
OWNER = {"patient": "patient_id", "procedure": "procedure_id", "visit": "visit__procedure_id"}
VALID = {"patient": (), "procedure": ("procedure",), "visit": ("visit", "visit__procedure")}


@dataclass(frozen=True)
class Operated:
    """A procedure as variables are derived from it."""

    pk: UUID
    patient_id: UUID
    kind: str
    performed_on: date | None
    performed_precision: str | None


def read_charts(operated: Sequence[Operated], patients: QuerySet, site_ids: Sequence[UUID]) -> list[Chart] | None:
    """The chart of each of the procedures, all of these patients; None where nobody's chart holds anything."""
    charts = [Chart(procedure=each) for each in operated]
    by_owner, found = owners(charts), set()
    for key in forms_at(site_ids):
        for owner, row in rows_of(key, patients):
            for chart in by_owner.get(owner, ()):
                put(chart, key, row)
                found.add(key)
    if not found:
        return None
    add_visits(by_owner, patients)
    if found & {"opioid_line", "visit_details"}:
        add_opioid_use(by_owner, patients)
    return charts


def owners(charts: Iterable[Chart]) -> dict[UUID, list[Chart]]:
    """The charts of a patient, and of a procedure, by id."""
    found = defaultdict(list)
    for chart in charts:
        found[chart.procedure.pk].append(chart)
        found[chart.procedure.patient_id].append(chart)
    return found


def forms_at(site_ids: Sequence[UUID]) -> list[str]:
    """The forms of which there is a valid row at these sites, and deaths: one short query, so that a study without a
    chart is not asked form by form."""
    asked, params = [], []
    for key in (*FORMS, DEATH):
        model, fixed = source_of(key)
        named = "".join(f" AND {column} = %s" for column in fixed)
        table = connection.ops.quote_name(model._meta.db_table)
        asked.append(f"(SELECT %s FROM {table} WHERE site_id = ANY(%s) AND error_marked_at IS NULL{named} LIMIT 1)")
        params += [key, list(site_ids), *fixed.values()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked), params)
        there = {key for (key,) in cursor}
    return [key for key in (*FORMS, DEATH) if key in there]


def source_of(key: str) -> tuple[type[Model], Mapping[str, str]]:
    """The table of a form, and what tells its rows from those of the other forms of the table."""
    return (Event, {"kind": DEATH}) if key == DEATH else (FORMS[key].model, FORMS[key].fixed)


def valid_rows(key: str, patients: QuerySet) -> QuerySet:
    """The rows of a form that count: neither they nor the visit or procedure they belong to is entered in error."""
    model, fixed = source_of(key)
    above = {f"{path}__error_marked_at": None for path in VALID[model.PARENT]}
    return model.objects.valid().filter(**{f"{PATHS[model.PARENT]}__in": patients}, **above, **fixed).order_by()


def rows_of(key: str, patients: QuerySet) -> Iterable[tuple[UUID, Row]]:
    """(whose, row) of a form: a patient's id, or a procedure's. A death is a person's, on whichever procedure it is."""
    model, _ = source_of(key)
    owner = "procedure__patient_id" if key == DEATH else OWNER[model.PARENT]
    columns = dict.fromkeys(["pk", owner, f"{model.PARENT}_id", "unavailable", *asked_columns(model)])
    rows = valid_rows(key, patients).order_by("recorded_at", "pk").values_list(*columns, named=True)
    return ((getattr(row, owner), row) for row in rows)


def asked_columns(model: type[Model]) -> list[str]:
    """The columns that variables can follow from: all answers but free texts, and what is stored of them."""
    found = ["kind"] if model is Event else []
    for field in answers_of(model):
        if not is_text(field) and field.name != "linked_procedure":
            found += [field.name, precision_of(field.name)] if isinstance(field, DateField) else [field.name]
    return [*found, *(field.name for field in model._meta.local_fields if is_stored(field))]


def is_text(field: Field) -> bool:
    return isinstance(field, CharField) and not field.choices


def put(chart: Chart, key: str, row: Row) -> None:
    """A row in its list; one that says that the form cannot be filled holds nothing, or says that there is nothing."""
    if row.unavailable is None:
        chart.rows.setdefault(key, []).append(row)
    elif row.unavailable == NOTHING:
        chart.nothing.add(key)


def add_visits(by_owner: dict[UUID, list[Chart]], patients: QuerySet) -> None:
    """The visits that took place: each procedure's own, and all at which its patient was seen."""
    seen = FollowUpVisit.objects.valid().filter(
        procedure__patient__in=patients, procedure__error_marked_at=None, missed=None
    )
    for visit in seen.order_by("pk").values_list(*VISIT, named=True):
        for chart in by_owner.get(visit.procedure__patient_id, ()):
            chart.contacts.append(visit)
            if chart.procedure.pk == visit.procedure_id:
                chart.visits.append(visit)


def add_opioid_use(by_owner: dict[UUID, list[Chart]], patients: QuerySet) -> None:
    """Whether any opioid is in use, of each visit that says so."""
    said = Score.objects.valid().filter(
        visit__error_marked_at=None, visit__procedure__patient__in=patients, instrument__key=ON_OPIOID,
        value__isnull=False,
    )  # fmt: skip
    for procedure, visit, value in said.order_by().values_list("visit__procedure_id", "visit_id", "value"):
        for chart in by_owner.get(procedure, ()):
            chart.on_opioid[visit] = value != 0
