"""Reads a cohort's rows out of the database. The only module that knows both the record's tables and columns."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Abs, Coalesce

from outcomes.fetch import ID, Packed, copy_out, unpacked, whole_number
from outcomes.models import Cohort
from registry.models import CovariateValue, FollowUpVisit, Patient, Procedure, Score, TimeToEvent

ScoreKey = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A cohort at one moment: `procedures` in canonical order, the long tables with `procedure` as id.

    scores: (instrument, version, timepoint) → a table of procedure, value, missing; a procedure is in it once at most.
    """

    procedures: pa.Table
    flow: dict
    scores: dict[ScoreKey, pa.Table]
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
        procedures = copy_out(chosen.values_list(*PROCEDURE_FIELDS), PROCEDURE_COLUMNS)
        return Rows(
            procedures=procedures,
            flow=flow(patients, procedures.num_rows),
            scores=read_scores(chosen),
            missed=copy_out(missed_visits(chosen), MISSED_COLUMNS),
            covariates=copy_out(covariates(patients), COVARIATE_COLUMNS),
            survival=copy_out(times(chosen), SURVIVAL_COLUMNS),
        )


PROCEDURE_COLUMNS = {
    "procedure": ID, "patient": ID, "site": pa.string(), "study": pa.string(), "study_number": pa.string(),
    "kind": pa.string(), "performed_on": pa.date32(), "performed_precision": pa.string(), "sex": pa.string(),
    "born_on": pa.date32(), "born_precision": pa.string(),
}  # fmt: skip
PROCEDURE_FIELDS = (
    "pk", "patient_id", "patient__site__code", "patient__study__slug", "patient__study_number", "kind", "performed_on",
    "performed_precision", "patient__sex", "patient__born_on", "patient__born_precision",
)  # fmt: skip


def index_procedures(patients: QuerySet) -> QuerySet:
    """The index procedure of each patient who is still in, by site, study and study number."""
    staying = patients.filter(withdrawn_on=None, error_marked_at=None)
    chosen = Procedure.objects.valid().filter(patient__in=staying, is_index=True)
    return chosen.order_by("patient__site__code", "patient__study__slug", "patient__study_number", "pk")


def flow(patients: QuerySet, procedures: int) -> dict:
    """Enrolled, left out with the reason, and kept, with one index procedure each: the numbers add up."""
    count = patients.aggregate(
        enrolled=Count("pk"),
        error=Count("pk", filter=Q(error_marked_at__isnull=False)),
        withdrawn=Count("pk", filter=Q(error_marked_at=None, withdrawn_on__isnull=False)),
    )
    without = count["enrolled"] - count["error"] - count["withdrawn"] - procedures
    left_out = {
        "entered in error": count["error"], "no procedure recorded": without, "withdrawn": count["withdrawn"],
    }  # fmt: skip
    return {
        "enrolled": count["enrolled"],
        "left_out": [{"reason": reason, "n": n} for reason, n in left_out.items() if n],
        "patients": procedures,
        "procedures": procedures,
    }


def read_scores(chosen: QuerySet) -> dict[ScoreKey, pa.Table]:
    """One score per procedure, timepoint and instrument.

    Choosing means sorting, so only procedures that have two scores for one place are sent through it.
    """
    rows = Score.objects.valid().filter(
        visit__procedure__in=chosen.order_by(), visit__error_marked_at=None, visit__timepoint__isnull=False
    )
    found = packed_scores(rows)
    contested = pa.array({pk for table in found.values() for pk in twice(table["procedure"])}, type=ID)
    if not len(contested):
        return found
    again = rows.filter(visit__procedure__in=[UUID(bytes=pk) for pk in contested.to_pylist()])
    settled = packed_scores(Score.objects.filter(pk__in=the_one_that_counts(again)))
    for key, table in found.items():
        alone = table.filter(pc.invert(pc.is_in(table["procedure"], value_set=contested)))
        found[key] = pa.concat_tables([alone, settled[key]]) if key in settled else alone
    return found


def the_one_that_counts(rows: QuerySet) -> QuerySet:
    """Per procedure, timepoint, instrument: the asserted visit's, else the nearest to the target, else the earlier."""
    keys = ("visit__procedure_id", "visit__timepoint_id", "instrument_id")
    distance = Coalesce(Abs(F("visit__day") - F("visit__timepoint__target_day")), 1_000_000)
    ordered = rows.order_by(*keys, "-visit__timepoint_asserted", distance, "visit__day", "visit_id")
    return ordered.distinct(*keys).values("pk")


def twice(ids: pa.ChunkedArray) -> list[bytes]:
    """The ids that are there more than once."""
    counts = ids.value_counts()
    return counts.field("values").filter(pc.greater(counts.field("counts"), 1)).to_pylist()


def packed_scores(rows: QuerySet) -> dict[ScoreKey, pa.Table]:
    """The scores by (instrument, version, timepoint)."""
    keys = ("instrument__key", "instrument__instrument_version", "visit__timepoint__code")
    packed = Packed("visit__procedure_id", whole_number("value"))
    parts: dict[ScoreKey, list[pa.Table]] = {}
    for *key, missing, records in rows.order_by().values_list(*keys, "missing").annotate(records=packed):
        parts.setdefault(tuple(key), []).append(unpacked(records, missing))
    return {key: pa.concat_tables(tables) for key, tables in parts.items()}


MISSED_COLUMNS = {"procedure": ID, "timepoint": pa.string(), "missing": pa.string()}


def missed_visits(chosen: QuerySet) -> QuerySet:
    """Planned visits that did not take place, with the reason."""
    rows = FollowUpVisit.objects.valid().filter(procedure__in=chosen.order_by(), missed__isnull=False)
    return rows.order_by("procedure_id", "timepoint_id", "pk").values_list("procedure_id", "timepoint__code", "missed")


COVARIATE_COLUMNS = {
    "patient": ID, "name": pa.string(), "number": pa.int64(), "text": pa.string(), "missing": pa.string(),
}  # fmt: skip


def covariates(patients: QuerySet) -> QuerySet:
    """The typed attributes of the patients."""
    rows = CovariateValue.objects.filter(patient__in=patients.order_by())
    return rows.order_by().values_list("patient_id", "covariate__name", whole_number("number"), "text", "missing")


SURVIVAL_COLUMNS = {
    "procedure": ID, "name": pa.string(), "time": pa.int64(), "unit": pa.string(), "event": pa.bool_(),
}  # fmt: skip


def times(chosen: QuerySet) -> QuerySet:
    """Times to an event or to censoring."""
    rows = TimeToEvent.objects.filter(procedure__in=chosen.order_by())
    return rows.order_by().values_list("procedure_id", "name", whole_number("time"), "unit", "event")
