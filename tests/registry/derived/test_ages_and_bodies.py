"""Age, its band, body mass index, partial dates, and the logic of unknown."""

from datetime import date
from decimal import Decimal

import pytest

from registry.derived import age_at
from registry.derived.age import age_band
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
    ],
)
def test_an_age_is_in_whole_years_and_from_the_years_alone_where_a_date_is_coarse(
    born, born_precision, on, precision, age
):
    assert age_at(born, born_precision, on, precision) == age


def test_the_age_of_somebody_whose_birth_is_not_known_is_not_known():
    assert age_at(None, None, date(2024, 3, 10), "day") is None


@pytest.mark.parametrize(
    ("age", "band"),
    [(69, "under_70"), (70, "70_79"), (79, "70_79"), (80, "80_89"), (89, "80_89"), (90, "90_plus"), (None, None)],
)
def test_the_bands_of_age_are_guptas(age, band):
    assert age_band(age) == band


def test_a_negative_age_has_no_band():
    with pytest.raises(ValueError, match="0 or more"):
        age_band(-1)


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
