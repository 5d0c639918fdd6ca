"""What a visit stores that follows from its dates and its items: day, timepoint, window, and totals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from registry.models import FollowUpVisit, Instrument, MissingReason, Procedure, Score, Timepoint
from registry.schedules import day_of, timepoint_for, window_of


def dated_values(
    visit: FollowUpVisit, procedure: Procedure, timepoints: Sequence[Timepoint], *, was: Procedure | None = None
) -> dict[str, object]:
    """A visit's day, timepoint and window after `procedure`; `was`, the procedure as it was when they were stored.

    A day that a source without dates gave stays; one that followed from two exact dates goes with them. A timepoint
    that the source asserted stays; one that followed from the day follows it, and stays where no day is known. A visit
    that was entered as unscheduled stays so.
    """
    day = day_of(visit.visited_on, visit.visited_precision, procedure.performed_on, procedure.performed_precision)
    if day is None and not _followed(visit, was):
        day = visit.day
    timepoint = visit.timepoint
    if timepoint is not None and not visit.timepoint_asserted and day is not None:
        timepoint = timepoint_for(timepoints, day)
    return {"day": day, "timepoint": timepoint, "window": window_of(timepoint, day)}


def with_reason_where_outside(visit: FollowUpVisit, values: dict[str, object], reason: str) -> dict[str, object]:
    """The values, with a reason where they put a visit that has none outside of its window: it is flagged, and kept."""
    if values.get("window") != FollowUpVisit.Window.OUTSIDE or visit.window_reason:
        return values
    return values | {"window_reason": reason}


def _followed(visit: FollowUpVisit, was: Procedure | None) -> bool:
    """Whether the stored day was counted from the dates as they were."""
    if was is None:
        return False
    return day_of(visit.visited_on, visit.visited_precision, was.performed_on, was.performed_precision) is not None


@dataclass(frozen=True)
class Total:
    """A total as it should be stored: its value, or the reason of the first item that is missing."""

    instrument: Instrument
    value: Decimal | None
    missing: str | None


def totals_of(scores: Iterable[Score], items: Mapping) -> list[Total]:
    """The totals that follow from all of a visit's scores, made of all items or missing; typed ones are left out.

    items: how many items each total has. A total that is not stored and cannot be made is none.
    """
    stored: dict[Instrument, Score] = {}
    parts: dict[Instrument, list[Score]] = {}
    for score in scores:
        if score.instrument_id in items:
            stored[score.instrument] = score
        if score.instrument.part_of_id is not None and score.error_marked_at is None:
            parts.setdefault(score.instrument.part_of, []).append(score)
    wholes = [whole for whole in dict.fromkeys([*parts, *stored]) if _is_ours(stored.get(whole))]
    found = [_total(whole, parts.get(whole, []), items[whole.pk]) for whole in wholes]
    return [total for total in found if total.value is not None or total.instrument in stored]


def _is_ours(stored: Score | None) -> bool:
    """Whether a total is summed here: not one that was typed, nor one that is marked as entered in error."""
    return stored is None or (stored.derived and stored.error_marked_at is None)


def _total(whole: Instrument, parts: list[Score], wanted: int) -> Total:
    if len(parts) == wanted and all(part.value is not None for part in parts):
        return Total(whole, sum(part.value for part in parts), None)
    reason = next((part.missing for part in parts if part.value is None), MissingReason.NOT_RECORDED)
    return Total(whole, None, reason)
