"""Where a stored derived value is not what its row says: a walk over the whole record, in chunks that stay small."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Model, Prefetch, Q, QuerySet

from registry.derived.of_rows import COVARIATES, STORED, stored_values
from registry.derived.of_visits import dated_values, totals_of
from registry.models import FollowUpVisit, Instrument, Score, Timepoint

CHUNK = 1000
# Every derived column that the record stores. A new one stands here, or a test of the models fails.
COLUMNS: dict[type[Model], tuple[str, ...]] = {
    **{model: tuple(stored.empty) for model, stored in STORED.items()},
    FollowUpVisit: ("day", "timepoint", "window"),
    Score: ("value",),
}


@dataclass(frozen=True)
class Drift:
    """A row, and those of its derived values that differ, as they should be; is_new: a total that was not stored."""

    row: Model
    values: Mapping[str, object]
    is_new: bool = False

    def __str__(self):
        """Which row, which fields, stored and recomputed: derived values only, no date and nothing that was typed."""
        row = self.row.visit if self.is_new else self.row
        stored = {name: "nothing" if self.is_new else shown(getattr(self.row, name)) for name in self.values}
        parts = (f"{name}: stored {stored[name]}, recomputed {shown(value)}" for name, value in self.values.items())
        return f"{row._meta.model_name} {row.pk} {'; '.join(parts)}"


def shown(value) -> str:
    if isinstance(value, Timepoint):
        return value.code
    return "nothing" if value in (None, "") else f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)


def drifts() -> Iterator[Drift]:
    """Every valid row whose stored derived values differ from those that it gives now."""
    for model in STORED:
        rows = model.objects.filter(error_marked_at=None).select_related("procedure__patient")
        yield from drifts_of_forms(rows.prefetch_related(f"procedure__{COVARIATES}"))
    yield from drifts_of_visits()


def drifts_of_forms(rows: QuerySet) -> Iterator[Drift]:
    for chunk in chunks(rows):
        for row in chunk:
            yield from differing(row, stored_values(row))


def drifts_of_visits() -> Iterator[Drift]:
    """Days, timepoints and windows of visits, and the totals of their scores: two queries a chunk."""
    timepoints: dict = {}
    for timepoint in Timepoint.objects.all():
        timepoints.setdefault(timepoint.schedule_id, []).append(timepoint)
    parts = Instrument.objects.filter(part_of__isnull=False).order_by()
    items = dict(parts.values_list("part_of").annotate(count=Count("pk")))
    summed = Q(instrument__part_of__isnull=False) | Q(instrument__in=items)
    scores = Prefetch("scores", Score.objects.filter(summed).select_related("instrument__part_of"))
    visits = FollowUpVisit.objects.filter(error_marked_at=None).prefetch_related(scores)
    for chunk in chunks(visits.select_related("timepoint", "procedure__patient__study")):
        for visit in chunk:
            yield from drifts_of_visit(visit, timepoints, items)


def drifts_of_visit(visit: FollowUpVisit, timepoints: Mapping, items: Mapping) -> Iterator[Drift]:
    schedule: Sequence[Timepoint] = timepoints.get(visit.procedure.patient.study.schedule_id, ())
    yield from differing(visit, dated_values(visit, visit.procedure, schedule))
    stored = {score.instrument: score for score in visit.scores.all()}
    for total in totals_of(visit.scores.all(), items):
        values = {"value": total.value, "missing": total.missing}
        there = stored.get(total.instrument)
        if there is None:
            new = Score(site_id=visit.site_id, visit=visit, instrument=total.instrument, derived=True, **values)
            yield Drift(new, {"value": total.value}, is_new=True)
        elif there.value != total.value:
            yield Drift(there, values)


def differing(row: Model, values: Mapping[str, object]) -> Iterator[Drift]:
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    if different:
        yield Drift(row, different)


def chunks(rows: QuerySet) -> Iterator[list[Model]]:
    """All rows, a chunk at a time in the order of their ids: one that is read does not hold the next in memory."""
    rows, last = rows.order_by("pk"), None
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK] if last else rows[:CHUNK]):
        yield chunk
        last = chunk[-1].pk
