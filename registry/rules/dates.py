"""Dates that are known in part: what is not known cannot be out of order."""

from datetime import date
from typing import NamedTuple

EARLIEST_DATE = date(1900, 1, 1)
LENGTH = {"year": 1, "month": 2, "day": 3}


def at_precision(moment: date, precision: str) -> tuple[int, ...]:
    """The part of a date that is known."""
    return (moment.year, moment.month, moment.day)[: LENGTH[precision]]


def compare_dates(first: date, first_precision: str, second: date, second_precision: str) -> int:
    """-1, 0 or 1 at the coarser of the two precisions: what is not known cannot be out of order."""
    precision = min(first_precision, second_precision, key=["year", "month", "day"].index)
    a, b = at_precision(first, precision), at_precision(second, precision)
    return (a > b) - (a < b)


class Moment(NamedTuple):
    """A date and how exactly it is known. str() is the part that is known: 2021-06."""

    on: date
    precision: str

    @classmethod
    def of(cls, row, stem: str) -> "Moment | None":
        """The date in <stem>_on and <stem>_precision of a row; None where it is not known."""
        on, precision = getattr(row, f"{stem}_on"), getattr(row, f"{stem}_precision")
        return cls(on, precision) if on and precision else None

    @classmethod
    def read(cls, text: str) -> "Moment":
        """2021, 2021-06 or 2021-06-14."""
        parts = [int(part) for part in text.split("-")]
        return cls(date(*[*parts, 1, 1][:3]), ("year", "month", "day")[len(parts) - 1])

    def __str__(self):
        return self.on.isoformat()[: {"year": 4, "month": 7, "day": 10}[self.precision]]

    def before(self, other: "Moment | None") -> bool:
        """Whether it was certainly before; never where the other is not known."""
        return other is not None and compare_dates(*self, *other) < 0

    def after(self, other: "Moment | None") -> bool:
        """Whether it was certainly after."""
        return other is not None and compare_dates(*self, *other) > 0

    def days_to(self, other: "Moment | None") -> int | None:
        """Days from this date to the other; None unless both are known to the day."""
        if other is None or (self.precision, other.precision) != ("day", "day"):
            return None
        return (other.on - self.on).days
