"""The visit before: what was found the last time stands beside what is asked now."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Prefetch

from registry.models import FollowUpVisit, Procedure, Score


@dataclass(frozen=True)
class EarlierVisit:
    """A visit's name and its values by the id of their instrument."""

    label: str
    values: dict[UUID, Decimal]


def earlier_visit(procedure: Procedure, *, before: int | None, other_than: FollowUpVisit | None) -> EarlierVisit | None:
    """The procedure's last visit before a day (None: the last of all), in two queries; None where there is none."""
    scores = Prefetch("scores", Score.objects.valid().exclude(value=None))
    visits = FollowUpVisit.objects.valid().filter(procedure=procedure, missed=None).select_related("timepoint")
    placed = [
        (day, visit)
        for visit in visits.prefetch_related(scores)
        if visit != other_than and (day := day_or_target(visit)) is not None and (before is None or day < before)
    ]
    if not placed:
        return None
    day, visit = max(placed, key=lambda pair: pair[0])
    label = visit.timepoint.label if visit.timepoint else f"day {day}"
    return EarlierVisit(label, {score.instrument_id: score.value for score in visit.scores.all()})


def day_or_target(visit: FollowUpVisit) -> int | None:
    """The visit's day; where its date is not known to the day, the day that was planned."""
    return visit.timepoint.target_day if visit.day is None and visit.timepoint else visit.day
