"""Age, body mass index, partial dates, and the logic of unknown."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from registry.derived import age_at
from registry.derived.age import possible_ages
from registry.derived.body import bmi
from registry.derived.certainty import all_of, any_of
from registry.derived.spans import Span, days_between, span_of


@pytest.mark.parametrize(
    ("born", "born_precision", "on", "precision", "age"),
    [
        (date(1950, 3, 11), "day", date(2024, 3, 10), "day", 73),
        (date(1950, 3, 10), "day", date(2024, 3, 10), "day", 74),
        (date(1950, 1, 1), "year", date(2024, 3, 10), "day", 74),
        (date(1950, 3, 10), "day", date(2024, 1, 1), "year", 74),
        (date(1950, 12, 1), "month", date(2020, 1, 15), "day", 69),
        (date(1950, 12, 31), "day", date(2020, 1, 1), "month", 69),
        (date(1950, 2, 1), "month", date(2020, 3, 1), "month", 70),
        (date(1950, 3, 1), "month", date(2020, 3, 10), "day", 70),
        (date(2002, 12, 1), "month", date(2020, 1, 15), "day", 17),
        (date(2002, 1, 1), "year", date(2020, 1, 15), "day", 18),
    ],
)
def test_an_age_is_in_whole_years_and_the_oldest_that_the_known_parts_allow(born, born_precision, on, precision, age):
    assert age_at(born, born_precision, on, precision) == age


@pytest.mark.parametrize(
    ("born", "born_precision", "on", "precision", "ages"),
    [
        (date(1950, 3, 11), "day", date(2024, 3, 10), "day", [73]),
        (date(1950, 12, 1), "month", date(2020, 1, 15), "day", [69]),
        (date(1950, 3, 1), "month", date(2020, 3, 10), "day", [69, 70]),
        (date(1950, 1, 1), "year", date(2020, 12, 31), "day", [70]),
        (date(1950, 1, 1), "year", date(2020, 3, 10), "day", [69, 70]),
        (date(1950, 1, 1), "year", date(2020, 1, 1), "year", [69, 70]),
    ],
)
def test_the_known_parts_of_both_dates_say_which_ages_are_possible(born, born_precision, on, precision, ages):
    """Held against every day that the dates may have been."""
    assert list(possible_ages(born, born_precision, on, precision)) == ages
    births, days = (every_day(span_of(born, born_precision)), every_day(span_of(on, precision)))
    counted = {
        sum(date(year, birth.month, min(birth.day, 28)) <= day for year in range(birth.year + 1, day.year + 1))
        for birth in births if birth.day <= 28 for day in days if day.day <= 28 or len(days) == 1
    }  # fmt: skip
    assert sorted(counted) == ages


def every_day(span: Span) -> list[date]:
    return [span.first + timedelta(each) for each in range((span.last - span.first).days + 1)]


def test_the_age_of_somebody_whose_birth_is_not_known_is_not_known():
    assert age_at(None, None, date(2024, 3, 10), "day") is None


def test_body_mass_index_is_weight_over_height_squared():
    assert bmi(Decimal(180), Decimal(81)) == Decimal("25.0")
    assert bmi(Decimal(165), Decimal("70.5")) == Decimal("25.9")  # 25.896
    assert (bmi(None, Decimal(81)), bmi(Decimal(180), None)) == (None, None)


@pytest.mark.parametrize("height", [0, -170])
def test_a_height_that_is_not_above_0_is_a_mistake(height):
    with pytest.raises(ValueError, match="above 0"):
        bmi(Decimal(height), Decimal(80))


def test_a_partial_date_spans_the_days_that_it_may_have_been():
    assert span_of(date(2024, 2, 1), "month") == Span(date(2024, 2, 1), date(2024, 2, 29))
    assert span_of(date(2024, 1, 1), "year") == Span(date(2024, 1, 1), date(2024, 12, 31))
    assert span_of(date(2024, 2, 5), "day").exact
    assert span_of(None, None) is None
    with pytest.raises(ValueError, match="not to the week"):
        span_of(date(2024, 2, 5), "week")


def test_what_is_before_is_certain_or_not_said():
    june, july, in_june = (
        span_of(date(2024, 6, 1), "month"),
        span_of(date(2024, 7, 1), "month"),
        span_of(date(2024, 6, 14), "day"),
    )
    assert (june.before(july), july.before(june), june.before(in_june)) == (True, False, None)
    assert in_june.before(in_june) is False


def test_days_are_counted_between_exact_dates_only():
    first, second = span_of(date(2024, 2, 28), "day"), span_of(date(2024, 3, 1), "day")
    assert (days_between(first, second), days_between(second, first)) == (2, -2)
    assert days_between(first, span_of(date(2024, 3, 1), "month")) is None
    assert days_between(None, second) is None


@pytest.mark.parametrize(
    ("values", "any_is", "all_are"),
    [
        ([True, None, False], True, False),
        ([None, False], None, False),
        ([True, None], True, None),
        ([False, False], False, False),
        ([True, True], True, True),
        ([], False, True),
    ],
)
def test_unknown_is_neither_yes_nor_no(values, any_is, all_are):
    assert (any_of(values), all_of(values)) == (any_is, all_are)
