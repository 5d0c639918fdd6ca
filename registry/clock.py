"""What day it is."""

from datetime import date, timedelta

from django.utils import timezone

AHEAD = timedelta(hours=14)


def today() -> date:
    """The latest date that it is anywhere now: a morning's visit in Auckland is not in the future."""
    return (timezone.now() + AHEAD).date()


def desk_day() -> date:
    """The server's day (UTC), against which windows are counted: no visit is late before its last day is over."""
    return timezone.now().date()
