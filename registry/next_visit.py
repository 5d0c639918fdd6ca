"""Which visit of a procedure is to be recorded next."""

from registry.clock import today
from registry.models import FollowUpVisit, Procedure, Timepoint
from registry.schedules import day_of


def next_visit(
    procedure: Procedure, timepoints: list[Timepoint], *, besides: Timepoint | None = None
) -> Timepoint | None:
    """The first planned timepoint of which nothing is recorded and whose window has opened; None: none is due."""
    recorded = set(FollowUpVisit.objects.valid().filter(procedure=procedure).values_list("timepoint_id", flat=True))
    recorded |= {besides and besides.pk}
    day = day_of(today(), "day", procedure.performed_on, procedure.performed_precision)
    open_now = [each for each in timepoints if day is None or each.opens_on_day is None or each.opens_on_day <= day]
    return next((each for each in open_now if each.pk not in recorded), None)
