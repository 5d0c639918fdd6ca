"""Reads a cohort's rows out of the database. The only module that knows both the record's tables and columns."""

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa
from django.db import connection, transaction
from django.db.models import BigIntegerField, F, QuerySet
from django.db.models.functions import Abs, Cast, Coalesce
from pyarrow import csv

from outcomes.models import Cohort
from registry.models import CovariateValue, FollowUpVisit, Patient, Procedure, Score, TimeToEvent

# Numbers leave the database as whole numbers of 1e-8, the finest step the record can hold.
DECIMALS = 8


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A cohort at one moment: `procedures` in canonical order, the long tables with `procedure` as id."""

    procedures: list[dict]
    flow: dict
    scores: pa.Table
    missed: pa.Table
    covariates: pa.Table
    survival: pa.Table


@contextmanager
def snapshot() -> Iterator[None]:
    """One moment of the database for all the queries inside, and no writing. A caller's transaction is kept."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def read(cohort: Cohort, site_ids: list[UUID]) -> Rows:
    """The cohort's index procedures at these sites, and who was left out and why."""
    with snapshot():
        patients = Patient.objects.filter(study__in=cohort.studies.all(), site__in=site_ids)
        chosen = index_procedures(patients)
        return Rows(
            procedures=list(chosen.values(*PROCEDURE_FIELDS)),
            flow=flow(patients, chosen),
            scores=copy_out(scores(chosen), SCORE_COLUMNS),
            missed=copy_out(missed_visits(chosen), MISSED_COLUMNS),
            covariates=copy_out(covariates(patients), COVARIATE_COLUMNS),
            survival=copy_out(times(chosen), SURVIVAL_COLUMNS),
        )


PROCEDURE_FIELDS = (
    "pk", "patient_id", "patient__site__code", "patient__study__slug", "patient__study_number", "kind", "performed_on",
    "performed_precision", "patient__sex", "patient__born_on", "patient__born_precision",
)  # fmt: skip


def index_procedures(patients: QuerySet) -> QuerySet:
    """The index procedure of each patient who is still in, by site, study and study number."""
    staying = patients.filter(withdrawn_on=None, error_marked_at=None)
    chosen = Procedure.objects.valid().filter(patient__in=staying, is_index=True)
    return chosen.order_by("patient__site__code", "patient__study__slug", "patient__study_number", "pk")


def flow(patients: QuerySet, chosen: QuerySet) -> dict:
    """Enrolled, left out with the reason, and kept: the numbers add up."""
    kept = set(chosen.values_list("patient_id", flat=True))
    reasons: Counter = Counter()
    for pk, withdrawn_on, error_marked_at in patients.values_list("pk", "withdrawn_on", "error_marked_at"):
        if pk not in kept:
            reasons[
                "entered in error" if error_marked_at else "withdrawn" if withdrawn_on else "no procedure recorded"
            ] += 1
    return {
        "enrolled": len(kept) + reasons.total(),
        "left_out": [{"reason": reason, "n": n} for reason, n in sorted(reasons.items())],
        "patients": len(kept),
        "procedures": len(kept),
    }


SCORE_COLUMNS = {
    "procedure": pa.string(), "timepoint": pa.string(), "instrument": pa.string(), "version": pa.string(),
    "value": pa.int64(), "missing": pa.string(),
}  # fmt: skip


def scores(chosen: QuerySet) -> QuerySet:
    """One score per procedure, timepoint, instrument: the asserted visit, else nearest the target, else the earlier."""
    rows = Score.objects.valid().filter(
        visit__procedure__in=chosen.order_by(), visit__error_marked_at=None, visit__timepoint__isnull=False
    )
    keys = ("visit__procedure_id", "visit__timepoint_id", "instrument_id")
    distance = Coalesce(Abs(F("visit__day") - F("visit__timepoint__target_day")), 1_000_000)
    chosen_rows = rows.order_by(*keys, "-visit__timepoint_asserted", distance, "visit__day", "visit_id").distinct(*keys)
    return chosen_rows.values_list(
        "visit__procedure_id", "visit__timepoint__code", "instrument__key", "instrument__instrument_version",
        whole_number("value"), "missing",
    )  # fmt: skip


MISSED_COLUMNS = {"procedure": pa.string(), "timepoint": pa.string(), "missing": pa.string()}


def missed_visits(chosen: QuerySet) -> QuerySet:
    """Planned visits that did not take place, with the reason."""
    rows = FollowUpVisit.objects.valid().filter(procedure__in=chosen.order_by(), missed__isnull=False)
    return rows.order_by("procedure_id", "timepoint_id", "pk").values_list("procedure_id", "timepoint__code", "missed")


COVARIATE_COLUMNS = {
    "patient": pa.string(), "name": pa.string(), "number": pa.int64(), "text": pa.string(), "missing": pa.string(),
}  # fmt: skip


def covariates(patients: QuerySet) -> QuerySet:
    """The typed attributes of the patients."""
    rows = CovariateValue.objects.filter(patient__in=patients.order_by())
    return rows.order_by().values_list("patient_id", "covariate__name", whole_number("number"), "text", "missing")


SURVIVAL_COLUMNS = {
    "procedure": pa.string(), "name": pa.string(), "time": pa.int64(), "unit": pa.string(), "event": pa.bool_(),
}  # fmt: skip


def times(chosen: QuerySet) -> QuerySet:
    """Times to an event or to censoring."""
    rows = TimeToEvent.objects.filter(procedure__in=chosen.order_by())
    return rows.order_by().values_list("procedure_id", "name", whole_number("time"), "unit", "event")


def whole_number(column: str):
    """A decimal column as a whole number of 1e-8."""
    return Cast(F(column) * 10**DECIMALS, BigIntegerField())


def copy_out(query: QuerySet, columns: dict[str, pa.DataType]) -> pa.Table:
    """The query's rows by COPY: PostgreSQL writes them, Arrow reads them, Python touches none."""
    sql, params = query.query.sql_with_params()
    buffer = io.BytesIO()
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", params) as copy:
        for block in copy:
            buffer.write(block)
    if not buffer.tell():
        return pa.table({name: pa.array([], type=kind) for name, kind in columns.items()})
    buffer.seek(0)
    return csv.read_csv(
        buffer,
        read_options=csv.ReadOptions(column_names=list(columns)),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=columns, strings_can_be_null=True, quoted_strings_can_be_null=False,
            null_values=[""], true_values=["t"], false_values=["f"],
        ),
    )  # fmt: skip
