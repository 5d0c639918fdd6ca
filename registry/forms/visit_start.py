"""What the visit form shows before anything is typed."""

import uuid

from registry.models import FollowUpVisit
from registry.partial_dates import as_typed
from registry.rules import plain

# No timepoint's code has a slash, so these two are never a study's own.
BY_DATE, UNSCHEDULED = "/by-date", "/unscheduled"


def starting_values(visit: FollowUpVisit | None) -> dict:
    """What the form shows before anything is typed: a new key, or the visit as it is recorded."""
    if visit is None:
        return {"submission_key": uuid.uuid4()}
    planned = visit.timepoint.code if visit.timepoint and visit.timepoint_asserted else None
    values = {
        "submission_key": visit.submission_key,
        "version": visit.version,
        "timepoint": planned or (BY_DATE if visit.timepoint else UNSCHEDULED),
        "visited_on": as_typed(visit.visited_on, visit.visited_precision),
        "missed": visit.missed or "",
        "window_reason": visit.window_reason,
    }
    for score in visit.scores.select_related("instrument"):
        if not score.derived:
            values[f"score_{score.instrument.key}"] = "" if score.value is None else plain(score.value)
            values[f"missing_{score.instrument.key}"] = score.missing or ""
    return values
