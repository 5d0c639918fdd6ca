"""Why a value is not there."""

from django.db import models
from django.db.models import Q


class MissingReason(models.TextChoices):
    """The coded reasons for missing; other systems' codes are crosswalks to these."""

    NOT_DONE = "not_done", "Not done"
    NOT_RECORDED = "not_recorded", "Not recorded in chart"
    UNKNOWN = "unknown", "Unknown"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    REFUSED = "refused", "Refused"
    UNABLE = "unable", "Unable to answer"
    VISIT_MISSED = "visit_missed", "Visit not attended"
    NOT_DUE = "not_due", "Not yet due"
    DECEASED = "deceased", "Died before the time point"
    LOST = "lost", "Lost to follow-up"


def value_or_reason(*values: str, name: str) -> models.CheckConstraint:
    """Exactly one of the value columns and `missing` is filled: never both, never neither, never a sentinel."""
    columns = [*values, "missing"]
    condition = Q()
    for column in columns:
        others = {f"{other}__isnull": other != column for other in columns}
        condition |= Q(**others)
    return models.CheckConstraint(
        condition=condition,
        name=name,
        violation_error_message="Give a value or a reason why it is missing, not both and not neither.",
    )
