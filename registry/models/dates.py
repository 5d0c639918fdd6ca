"""Dates as charts give them: to the day, the month or the year."""

from django.db import models
from django.db.models import Q


class Precision(models.TextChoices):
    """How exactly a date is known; an inexact date is stored as the first day of its month or year."""

    DAY = "day", "to the day"
    MONTH = "month", "to the month"
    YEAR = "year", "to the year"


def coarser(first: str, second: str) -> str:
    """SQL for the coarser of two precisions: what is known of both dates, and can be out of order."""
    return f"""CASE WHEN 'year' IN ({first}, {second}) THEN 'year'
    WHEN 'month' IN ({first}, {second}) THEN 'month' ELSE 'day' END"""


def date_with_precision(date: str, precision: str, *, name: str) -> models.CheckConstraint:
    """A date and its precision stand together or not at all."""
    both = Q(**{f"{date}__isnull": False, f"{precision}__isnull": False})
    neither = Q(**{f"{date}__isnull": True, f"{precision}__isnull": True})
    return models.CheckConstraint(
        condition=both | neither,
        name=name,
        violation_error_message="A date needs its precision (day, month or year), and a precision needs its date.",
    )
