"""Partial dates as what they are: a first and a last possible day."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Span:
    """The days on which something may have been; of an exact date both are that day."""

    first: date
    last: date

    def before(self, other: "Span") -> bool | None:
        """Whether it was on an earlier day; None where the dates are too coarse to say."""
        if self.last < other.first:
            return True
        return False if self.first >= other.last else None

    @property
    def exact(self) -> bool:
        return self.first == self.last


def span_of(on: date | None, precision: str | None) -> Span | None:
    """The span of a date that is known to the day, month or year; None of no date.

    ValueError of a precision that is none of the three.
    """
    if on is None:
        return None
    if precision not in ("day", "month", "year"):
        raise ValueError(f"a date is known to the day, month or year, not to the {precision}")
    if precision == "day":
        return Span(on, on)
    if precision == "month":
        return Span(on.replace(day=1), on.replace(day=monthrange(on.year, on.month)[1]))
    return Span(date(on.year, 1, 1), date(on.year, 12, 31))


def days_between(start: Span | None, end: Span | None) -> int | None:
    """Days from one date to another, negative where it is before; None unless both are known to the day."""
    if start is None or end is None or not (start.exact and end.exact):
        return None
    return (end.first - start.first).days
