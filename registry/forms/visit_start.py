"""What the visit form shows before anything is typed."""

import uuid
from collections.abc import Iterable

from registry.forms.provenance import source_of
from registry.forms.scores import as_shown
from registry.models import FollowUpVisit
from registry.partial_dates import as_typed

# No timepoint's code has a slash, so these two are never a study's own.
BY_DATE, UNSCHEDULED = "/by-date", "/unscheduled"


def starting_values(visit: FollowUpVisit | None) -> dict:
    """A new key, or the visit as it is recorded."""
    if visit is None:
        return {"submission_key": uuid.uuid4()}
    return values_of(visit, visit.scores.select_related("instrument"))


def values_of(visit, scores: Iterable) -> dict:
    """The form's values of a visit and its scores, be it the recorded ones or those of its history."""
    planned = visit.timepoint.code if visit.timepoint and visit.timepoint_asserted else None
    values = {
        "submission_key": visit.submission_key,
        "version": visit.version,
        "timepoint": planned or (BY_DATE if visit.timepoint else UNSCHEDULED),
        "visited_on": as_typed(visit.visited_on, visit.visited_precision),
        "missed": visit.missed or "",
        "missed_comment": visit.missed_comment,
        "window_reason": visit.window_reason,
        **source_of(visit),
    }
    for score in scores:
        if not score.derived:
            values[f"score_{score.instrument.key}"] = as_shown(score.instrument, score.value)
            values[f"missing_{score.instrument.key}"] = score.missing or ""
    return values
