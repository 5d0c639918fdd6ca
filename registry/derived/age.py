"""Age at a date."""

from datetime import date

from registry.derived.spans import span_of


def age_at(born_on, born_precision, on, on_precision) -> int | None:
    """Whole years from birth to a date; where the known parts leave two or three ages open, the oldest of them.

    So of years alone it is the difference of the years, and an age below a limit is certainly below it.
    """
    ages = possible_ages(born_on, born_precision, on, on_precision)
    return None if ages is None else ages[-1]


def possible_ages(born_on, born_precision, on, on_precision) -> range | None:
    """The ages that the known parts of both dates allow, from the youngest; one where they decide."""
    born, then = span_of(born_on, born_precision), span_of(on, on_precision)
    if born is None or then is None:
        return None
    return range(years_between(born.last, then.first), years_between(born.first, then.last) + 1)


def years_between(start: date, end: date) -> int:
    """Birthdays from one day to another."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))
