"""Dates that are known in part: what is not known cannot be out of order."""

from datetime import date

EARLIEST_DATE = date(1900, 1, 1)


def at_precision(moment: date, precision: str) -> tuple[int, ...]:
    """The part of a date that is known."""
    return (moment.year, moment.month, moment.day)[: {"year": 1, "month": 2, "day": 3}[precision]]


def compare_dates(first: date, first_precision: str, second: date, second_precision: str) -> int:
    """-1, 0 or 1 at the coarser of the two precisions: what is not known cannot be out of order."""
    precision = min(first_precision, second_precision, key=["year", "month", "day"].index)
    a, b = at_precision(first, precision), at_precision(second, precision)
    return (a > b) - (a < b)
