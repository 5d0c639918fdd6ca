"""Whether a correction changes what stood in a complete visit, and so needs its reason; adding never does."""

from registry.asked import asked_instruments, is_complete
from registry.errors import Problem
from registry.models import FollowUpVisit, MissingReason
from registry.rules import NewVisit

# These say something even where they are empty: unscheduled, took place.
SAID_EITHER_WAY = ("timepoint", "timepoint_asserted", "missed")
SAID_WHERE_FILLED = ("visited_on", "visited_precision", "day", "missed_comment", "window_reason")


def without_reason(row: FollowUpVisit, visit: NewVisit, reason: str) -> list[Problem]:
    """V8: what is recorded of a complete visit is changed or taken away only with a reason."""
    if reason.strip() or not (changes_columns(row, visit) or changes_scores(row, visit)):
        return []
    study = row.procedure.patient.study
    if not is_complete(row, asked_instruments(study, row.site_id)):
        return []
    message = "The visit was complete: say why what is recorded is changed. The reason is kept."
    return [visit.problem("V8", "reason", "", message)]


def changes_columns(row: FollowUpVisit, visit: NewVisit) -> bool:
    """Whether something that the visit says of itself becomes something else."""
    meant = {name: getattr(visit, name) for name in SAID_WHERE_FILLED} | visit.source
    filled = [name for name in meant if getattr(row, name) not in (None, "")]
    return any(getattr(row, name) != getattr(visit, name) for name in SAID_EITHER_WAY) or any(
        getattr(row, name) != meant[name] for name in filled
    )


def changes_scores(row: FollowUpVisit, visit: NewVisit) -> bool:
    """Whether a score that was typed, or its reason for missing, becomes another one or none."""
    return any(
        visit.scores.get(score.instrument) != (MissingReason(score.missing) if score.value is None else score.value)
        for score in row.scores.select_related("instrument")
        if not score.derived
    )
