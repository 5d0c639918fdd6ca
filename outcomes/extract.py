"""Reads a cohort's rows out of the database. The only module that knows both the record's tables and columns."""

from collections.abc import Iterable
from functools import cached_property
from uuid import UUID

import numpy as np
import pyarrow as pa
from django.db.models import CharField, Count, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce

from outcomes.criteria.rule import ALL, Rule
from outcomes.fetch import ID, Scores, copy_out, packed, whole_number
from outcomes.variables.chart import Chart
from outcomes.variables.reading import Operated, read_charts
from registry.counted import the_one_that_counts
from registry.models import (
    Covariate,
    CovariateValue,
    FollowUpVisit,
    Instrument,
    Patient,
    Procedure,
    Score,
    ScreenedCase,
    Study,
    Timepoint,
    TimeToEvent,
)

ScoreKey = tuple[str, str, str]


class Rows:
    """What is recorded at these sites of the procedures that a rule speaks of: read when it is first asked for.

    procedures: in canonical order. The long tables have `procedure` as id. scores: (instrument, version, timepoint) →
    which procedures (their places in the order), their values, and the reasons where there is none; each once at most.
    """

    def __init__(self, studies: Iterable[Study], site_ids: list[UUID], rule: Rule):
        self.studies = sorted(studies, key=lambda study: study.slug)
        self.site_ids, self.rule = site_ids, rule
        self.patients = Patient.objects.filter(study__in=self.studies, site__in=site_ids)
        self.staying = self.patients.filter(withdrawn_on=None, error_marked_at=None)
        self.chosen = procedures_of(self.staying, rule)

    @cached_property
    def procedures(self) -> pa.Table:
        order = ORDER if self.rule.procedures == ALL else {}
        found = copy_out(
            self.chosen.annotate(**order).values_list(*PROCEDURE_FIELDS, *order),
            PROCEDURE_COLUMNS | dict.fromkeys(order, pa.string()),
        )
        return in_order(found, order).drop_columns(list(order))

    @cached_property
    def counts(self) -> dict[str, int]:
        return enrolled(self.patients)

    @cached_property
    def scores(self) -> dict[ScoreKey, Scores]:
        places = self.chosen.annotate(**ORDER) if self.rule.procedures == ALL else self.chosen
        names = (*PLACE_FIELDS, *ORDER) if self.rule.procedures == ALL else PLACE_FIELDS
        return read_scores(places.values_list(*names), self.procedures["procedure"].combine_chunks())

    @cached_property
    def missed(self) -> pa.Table:
        return copy_out(missed_visits(self.chosen), MISSED_COLUMNS)

    @cached_property
    def covariates(self) -> pa.Table:
        return copy_out(covariates(self.staying), COVARIATE_COLUMNS)

    @cached_property
    def typed(self) -> list[tuple[str, str, str]]:
        """(study, name, label) of each covariate that the studies type."""
        named = Covariate.objects.filter(study__in=self.studies).order_by("study__slug", "order", "name")
        return list(named.values_list("study__slug", "name", "label"))

    @cached_property
    def survival(self) -> pa.Table:
        return copy_out(times(self.chosen), SURVIVAL_COLUMNS)

    @cached_property
    def charts(self) -> list[Chart] | None:
        """The chart of each procedure; None where nobody's holds anything."""
        columns = ["procedure", "patient", "kind", "performed_on", "performed_precision"]
        rows = zip(*(self.procedures[name].to_pylist() for name in columns), strict=True)
        operated = [Operated(UUID(bytes=pk), UUID(bytes=patient), *about) for pk, patient, *about in rows]
        return read_charts(operated, self.staying, self.site_ids)

    @cached_property
    def screening(self) -> dict[str, int] | None:
        return screened(self.studies, self.site_ids)


PROCEDURE_COLUMNS = {
    "procedure": ID, "patient": ID, "site": pa.string(), "study": pa.string(), "study_number": pa.string(),
    "kind": pa.string(), "performed_on": pa.date32(), "performed_precision": pa.string(), "is_index": pa.bool_(),
    "sex": pa.string(), "born_on": pa.date32(), "born_precision": pa.string(),
}  # fmt: skip
PROCEDURE_FIELDS = (
    "pk", "patient_id", "patient__site__code", "patient__study__slug", "patient__study_number", "kind", "performed_on",
    "performed_precision", "is_index", "patient__sex", "patient__born_on", "patient__born_precision",
)  # fmt: skip
# What puts procedures in the canonical order, and a procedure's id before it.
CANONICAL = {"site": "patient__site__code", "study": "patient__study__slug", "study_number": "patient__study_number"}
PLACE_FIELDS = ("pk", *CANONICAL.values())
# And several procedures of one patient: by date, those without one last.
ORDER = {
    "by_date": Coalesce(Cast("performed_on", CharField()), Value("undated")),
    "by_id": Cast("pk", CharField()),
}


def procedures_of(patients: QuerySet, rule: Rule) -> QuerySet:
    """The index procedure of each of the patients, or all their procedures."""
    which = {} if rule.procedures == ALL else {"is_index": True}
    return Procedure.objects.valid().filter(patient__in=patients, **which).order_by()


def in_order(procedures: pa.Table, more: Iterable[str] = ()) -> pa.Table:
    """The canonical order: by site, study and study number.

    By code point, not by the server's language: the same rows are in the same order on every server.
    """
    return procedures.sort_by([(name, "ascending") for name in (*CANONICAL, *more)])


def enrolled(patients: QuerySet) -> dict[str, int]:
    """How many were enrolled, and how many of them were entered in error, or withdrawn."""
    return patients.aggregate(
        enrolled=Count("pk"),
        error=Count("pk", filter=Q(error_marked_at__isnull=False)),
        withdrawn=Count("pk", filter=Q(error_marked_at=None, withdrawn_on__isnull=False)),
    )


def screened(studies: list[Study], site_ids: list[UUID]) -> dict[str, int] | None:
    """The screening log: how many were looked at, and what was decided; None where nobody was."""
    eligible = Q(decision=ScreenedCase.Decision.ELIGIBLE)
    counts = ScreenedCase.objects.valid().filter(study__in=studies, site__in=site_ids).aggregate(
        screened=Count("pk"),
        eligible=Count("pk", filter=eligible),
        ineligible=Count("pk", filter=Q(decision=ScreenedCase.Decision.INELIGIBLE)),
        pending=Count("pk", filter=Q(decision=ScreenedCase.Decision.PENDING)),
        not_entered=Count("pk", filter=eligible & Q(patient=None)),
    )  # fmt: skip
    return counts if counts["screened"] else None


def read_scores(places: QuerySet, order: pa.Array) -> dict[ScoreKey, Scores]:
    """One score per procedure, timepoint and instrument.

    places: the procedures' ids and the texts that put them in canonical order; order: the ids in that order.

    Choosing means sorting, so only procedures that have two scores for one place are sent through it.
    """
    rows = Score.objects.valid().filter(visit__error_marked_at=None, visit__timepoint__isnull=False)
    found = packed_scores(rows, places)
    contested = np.unique(np.concatenate([np.zeros(0, np.int64), *(each.twice() for each in found.values())]))
    if not len(contested):
        return found
    again = rows.filter(visit__procedure__in=[UUID(bytes=pk) for pk in order.take(pa.array(contested)).to_pylist()])
    settled = packed_scores(Score.objects.filter(pk__in=the_one_that_counts(again)), places)
    alone = {key: each.without(contested) for key, each in found.items()}
    return {key: each + settled[key] if key in settled else each for key, each in alone.items()}


def packed_scores(rows: QuerySet, places: QuerySet) -> dict[ScoreKey, Scores]:
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
    for instrument, timepoint, missing, records in packed(places, scores, groups):
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
