"""Which of several visits for one planned visit counts."""

from django.db.models import F, QuerySet
from django.db.models.functions import Abs, Coalesce


def the_one_that_counts(rows: QuerySet) -> QuerySet:
    """Per procedure, timepoint, instrument: the asserted visit's, else the nearest to the target, else the earlier."""
    keys = ("visit__procedure_id", "visit__timepoint_id", "instrument_id")
    distance = Coalesce(Abs(F("visit__day") - F("visit__timepoint__target_day")), 1_000_000)
    ordered = rows.order_by(*keys, "-visit__timepoint_asserted", distance, "visit__day", "visit_id")
    return ordered.distinct(*keys).values("pk")
