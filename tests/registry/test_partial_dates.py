"""Dates as charts give them."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from registry.partial_dates import PartialDateField, as_typed
from registry.schedules import day_of


@pytest.mark.parametrize(
    ("typed", "moment", "precision"),
    [
        ("2021-06-14", date(2021, 6, 14), "day"),
        ("2021-6-4", date(2021, 6, 4), "day"),
        ("2021-06", date(2021, 6, 1), "month"),
        (" 2021 ", date(2021, 1, 1), "year"),
        ("2024-02-29", date(2024, 2, 29), "day"),
        ("0001", date(1, 1, 1), "year"),
    ],
)
def test_a_date_is_read_to_the_precision_it_is_written_in(typed, moment, precision):
    assert PartialDateField().clean(typed) == (moment, precision)


@pytest.mark.parametrize(
    "typed",
    [
        "14.06.2021",
        "2021-13",
        "2021-02-30",
        "0000-01-01",
        "21-06-14",
        "2021-06-14T00",
        "2021-",
        "\uff12\uff10\uff12\uff11",
        "2021/06",
    ],
)
def test_what_is_no_date_is_refused_with_the_text_and_the_way_to_write_it(typed):
    with pytest.raises(ValidationError) as refused:
        PartialDateField().clean(typed)
    assert repr(typed) in refused.value.messages[0] or "10 characters" in refused.value.messages[0]


def test_nothing_typed_is_no_date_where_none_is_needed():
    assert PartialDateField(required=False).clean("  ") == (None, None)
    with pytest.raises(ValidationError):
        PartialDateField().clean("")


@pytest.mark.parametrize("typed", ["2021-06-14", "2021-06", "2021"])
def test_a_stored_date_is_shown_as_it_was_typed(typed):
    assert as_typed(*PartialDateField().clean(typed)) == typed


def test_days_are_counted_only_between_dates_known_to_the_day():
    assert day_of(date(2024, 3, 31), "day", date(2024, 3, 1), "day") == 30
    assert day_of(date(2024, 3, 1), "month", date(2024, 3, 1), "day") is None
    assert day_of(date(2024, 3, 1), "day", date(2024, 1, 1), "year") is None
    assert day_of(None, None, date(2024, 1, 1), "day") is None
    assert day_of(None, "day", date(2024, 1, 1), "day") is None
