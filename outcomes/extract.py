"""Reads a cohort's rows out of the database. The only module that knows both the record's tables and columns."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pyarrow as pa
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from outcomes.fetch import ID, Scores, copy_out, packed, whole_number
from outcomes.models import Cohort
from registry.counted import the_one_that_counts
from registry.models import (
    CovariateValue,
    FollowUpVisit,
    Instrument,
    Patient,
    Procedure,
    Score,
    Study,
    Timepoint,
    TimeToEvent,
)

ScoreKey = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A cohort at one moment: `procedures` in canonical order, the long tables with `procedure` as id.

    scores: (instrument, version, timepoint) → which procedures (their places in the order), their values, and the
    reasons where there is none; each procedure once at most.
    """

    procedures: pa.Table
    flow: dict
    scores: dict[ScoreKey, Scores]
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
        patients = patients_of(cohort.studies.all(), site_ids)
        chosen = index_procedures(patients)
        procedures = in_order(copy_out(chosen.values_list(*PROCEDURE_FIELDS), PROCEDURE_COLUMNS))
        return Rows(
            procedures=procedures,
            flow=flow(patients, procedures.num_rows),
            scores=read_scores(chosen, procedures["procedure"].combine_chunks()),
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
# What puts procedures in the canonical order, and a procedure's id before it.
CANONICAL = {"site": "patient__site__code", "study": "patient__study__slug", "study_number": "patient__study_number"}
PLACE_FIELDS = ("pk", *CANONICAL.values())


def patients_of(studies: Iterable[Study] | QuerySet, site_ids: list[UUID]) -> QuerySet:
    """Everybody who was enrolled in the studies at these sites."""
    return Patient.objects.filter(study__in=studies, site__in=site_ids)


def index_procedures(patients: QuerySet) -> QuerySet:
    """The index procedure of each patient who is still in."""
    staying = patients.filter(withdrawn_on=None, error_marked_at=None)
    return Procedure.objects.valid().filter(patient__in=staying, is_index=True).order_by()


def in_order(procedures: pa.Table) -> pa.Table:
    """The canonical order: by site, study and study number.

    By code point, not by the server's language: the same rows are in the same order on every server.
    """
    return procedures.sort_by([(name, "ascending") for name in CANONICAL])


def flow(patients: QuerySet, procedures: int) -> dict:
    """Enrolled, left out with the reason, and kept, with one index procedure each: the numbers add up."""
    count = patients.aggregate(
        enrolled=Count("pk"),
        error=Count("pk", filter=Q(error_marked_at__isnull=False)),
        withdrawn=Count("pk", filter=Q(error_marked_at=None, withdrawn_on__isnull=False)),
    )
    without = count["enrolled"] - count["error"] - count["withdrawn"] - procedures
    left_out = {
        "entered in error": count["error"], "no index procedure": without, "withdrawn": count["withdrawn"],
    }  # fmt: skip
    return {
        "enrolled": count["enrolled"],
        "left_out": [{"reason": reason, "n": n} for reason, n in left_out.items() if n],
        "patients": procedures,
        "procedures": procedures,
    }


def read_scores(chosen: QuerySet, order: pa.Array) -> dict[ScoreKey, Scores]:
    """One score per procedure, timepoint and instrument; `order` is the procedures' ids in canonical order.

    Choosing means sorting, so only procedures that have two scores for one place are sent through it.
    """
    rows = Score.objects.valid().filter(visit__error_marked_at=None, visit__timepoint__isnull=False)
    found = packed_scores(rows, chosen)
    contested = np.unique(np.concatenate([np.zeros(0, np.int64), *(each.twice() for each in found.values())]))
    if not len(contested):
        return found
    again = rows.filter(visit__procedure__in=[UUID(bytes=pk) for pk in order.take(pa.array(contested)).to_pylist()])
    settled = packed_scores(Score.objects.filter(pk__in=the_one_that_counts(again)), chosen)
    alone = {key: each.without(contested) for key, each in found.items()}
    return {key: each + settled[key] if key in settled else each for key, each in alone.items()}


def packed_scores(rows: QuerySet, chosen: QuerySet) -> dict[ScoreKey, Scores]:
    """Those of the scores that are of the chosen procedures, by (instrument, version, timepoint).

    Grouped by ids: names are looked up once, not for each score.
    """
    instruments = {pk: names for pk, *names in Instrument.objects.values_list("pk", "key", "instrument_version")}
    timepoints = dict(Timepoint.objects.values_list("pk", "code"))
    scores = rows.order_by().values_list(
        "visit__procedure_id", whole_number("value"), "instrument_id", "visit__timepoint_id", "missing"
    )
    groups = {"instrument": "uuid", "timepoint": "uuid", "missing": "text"}
    found: dict[ScoreKey, Scores] = {}
    for instrument, timepoint, missing, records in packed(chosen.values_list(*PLACE_FIELDS), scores, groups):
        key, part = (*instruments[instrument], timepoints[timepoint]), Scores.unpacked(records, missing)
        found[key] = found[key] + part if key in found else part
    return found


MISSED_COLUMNS = {"procedure": ID, "timepoint": pa.string(), "missing": pa.string()}


def missed_visits(chosen: QuerySet) -> QuerySet:
    """Planned visits that did not take place, with the reason."""
    rows = FollowUpVisit.objects.valid().filter(procedure__in=chosen, missed__isnull=False)
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
    rows = TimeToEvent.objects.filter(procedure__in=chosen)
    return rows.order_by().values_list("procedure_id", "name", whole_number("time"), "unit", "event")
