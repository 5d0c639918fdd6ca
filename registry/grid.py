"""A procedure's visits as a grid: planned timepoints across, instruments down, with the gaps visible."""

from dataclasses import dataclass

from django.db.models import Prefetch

from registry.models import Event, FollowUpVisit, Instrument, Patient, Procedure, Score, Timepoint
from registry.rules import plain


@dataclass(frozen=True)
class Cell:
    """A score as shown: its value and that value's label, or the reason why there is none in words; all empty where
    nothing is recorded."""

    value: str = ""
    label: str = ""
    missing: str = ""
    derived: bool = False


@dataclass(frozen=True)
class Planned:
    """A column: a planned timepoint with its visit, or an unscheduled visit with no plan."""

    timepoint: Timepoint | None
    visit: FollowUpVisit | None


@dataclass(frozen=True)
class Grid:
    """One procedure: columns of visits, rows of (instrument, cells), events, and follow-up times as (what, how long,
    whether it ended in the event)."""

    procedure: Procedure
    columns: list[Planned]
    rows: list[tuple[Instrument, list[Cell]]]
    events: list[Event]
    times: list[tuple[str, str, bool]]


def visit_grid(patient: Patient) -> list[Grid]:
    """A grid for each procedure of a patient, in a fixed number of queries."""
    scores = Prefetch("scores", Score.objects.valid().select_related("instrument"))
    visits = FollowUpVisit.objects.valid().select_related("timepoint").prefetch_related(scores)
    procedures = patient.procedures.filter(error_marked_at=None).prefetch_related(
        Prefetch("visits", visits), Prefetch("events", Event.objects.valid()), "times_to_event"
    )
    timepoints = list(patient.study.schedule.timepoints.all())
    instruments = [link.instrument for link in patient.study.asked.select_related("instrument")]
    return [grid_of(procedure, timepoints, instruments) for procedure in procedures]


def grid_of(procedure: Procedure, timepoints: list[Timepoint], instruments: list[Instrument]) -> Grid:
    """The grid of one procedure; an instrument that has no score anywhere keeps its row."""
    visits = list(procedure.visits.all())
    columns = [column for timepoint in timepoints for column in columns_of(timepoint, visits)]
    columns += [Planned(None, visit) for visit in visits if visit.timepoint is None]
    values = {(visit.pk, score.instrument_id): cell_of(score) for visit in visits for score in visit.scores.all()}
    rows = [
        (
            instrument,
            [values.get((column.visit.pk, instrument.pk), Cell()) if column.visit else Cell() for column in columns],
        )
        for instrument in instruments
    ]
    times = [
        (each.name.replace("_", " "), f"{plain(each.time)} {each.get_unit_display()}", each.event)
        for each in procedure.times_to_event.all()
    ]
    return Grid(procedure, columns, rows, list(procedure.events.all()), times)


def columns_of(timepoint: Timepoint, visits: list[FollowUpVisit]) -> list[Planned]:
    """The visits of a timepoint, or one empty column."""
    there = [visit for visit in visits if visit.timepoint_id == timepoint.pk]
    return [Planned(timepoint, visit) for visit in there] or [Planned(timepoint, None)]


def cell_of(score: Score) -> Cell:
    if score.value is None:
        return Cell(missing=score.get_missing_display())
    value, instrument = plain(score.value), score.instrument
    label = instrument.levels.get(value, "") if instrument.is_labelled else ""
    if label and instrument.is_yes_no:
        return Cell(value=label)
    return Cell(value=value, label=label, derived=score.derived)
