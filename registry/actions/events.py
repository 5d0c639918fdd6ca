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
    prepare(event, by=by)
    event.full_clean()
    with recording(by=by):
        event.save()
    return event


@locks_in_words()
@transaction.atomic
def record_events(events: list[Event], *, by: User) -> None:
    """Record unsaved events, in bulk. E1 as for one; the database holds the constraints."""
    for event in events:
        prepare(event, by=by)
        event.clean_fields(exclude=["site", "procedure", "recorded_by"])
    with recording(by=by):
        Event.objects.bulk_create(events, batch_size=2000)


def prepare(event: Event, *, by: User) -> None:
    """Where it belongs and who recorded it. Refused where it is before its procedure."""
    procedure = event.procedure
    if event.happened_on and event.happened_precision and procedure.performed_on:
        side = compare_dates(
            event.happened_on, event.happened_precision, procedure.performed_on, procedure.performed_precision
        )
        if side < 0:
            message = f"An event cannot be before its procedure ({procedure.performed_on})."
            raise Refused([Problem(rule="E1", field="happened_on", value=str(event.happened_on), message=message)])
    event.site_id, event.recorded_by = procedure.site_id, by
