"""A date that a visit may have had: offered beside the field, never filled in. What was read stands in the chart."""

from dataclasses import dataclass
from datetime import date

from registry.models import FollowUpVisit, Procedure, Timepoint, User
from registry.models.dates import Precision
from registry.schedules import day_of, window_of


@dataclass(frozen=True)
class SuggestedDate:
    """A date and where it comes from."""

    on: date
    why: str


def suggested_date(
    procedure: Procedure, timepoint: Timepoint | None, *, asked: date | None, by: User
) -> SuggestedDate | None:
    """The date that the address asks for; else that of the visit this person recorded last, where it could be it."""
    if asked is not None:
        return SuggestedDate(asked, "from the list you came from")
    mine = FollowUpVisit.objects.filter(recorded_by=by, site=procedure.site_id, visited_precision=Precision.DAY)
    last = mine.order_by("-recorded_at").values_list("visited_on", flat=True).first()
    day = day_of(last, Precision.DAY, procedure.performed_on, procedure.performed_precision)
    if timepoint is None or window_of(timepoint, day) != "inside":
        return None
    return SuggestedDate(last, "the date of the visit you recorded last")
