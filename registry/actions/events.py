"""Complications, secondary procedures and deaths."""

from django.db import transaction

from registry.audit import recording
from registry.errors import Problem, Refused
from registry.locks import locks_in_words
from registry.models import Event, User
from registry.rules import compare_dates


@locks_in_words()
@transaction.atomic
def record_event(event: Event, *, by: User) -> Event:
    """Record an unsaved event. E1: it is not before its procedure; ValidationError where a constraint says no."""
    procedure = event.procedure
    if event.happened_on and event.happened_precision and procedure.performed_on:
        side = compare_dates(
            event.happened_on, event.happened_precision, procedure.performed_on, procedure.performed_precision
        )
        if side < 0:
            message = f"An event cannot be before its procedure ({procedure.performed_on})."
            raise Refused([Problem(rule="E1", field="happened_on", value=str(event.happened_on), message=message)])
    event.site_id, event.recorded_by = procedure.site_id, by
    event.full_clean()
    with recording(by=by):
        event.save()
    return event
