"""Dates as people type them: 2021-06-14, 2021-06 or 2021."""

import re
from datetime import date

from django import forms

PARTIAL = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?\Z", re.ASCII)


def as_typed(moment: date | None, precision: str | None) -> str:
    """A stored date as it was typed."""
    return "" if moment is None else moment.isoformat()[: {"year": 4, "month": 7, "day": 10}[precision]]


class PartialDateField(forms.CharField):
    """Cleans to (date, precision), or (None, None) where nothing was typed."""

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", "2021-06-14; or 2021-06 or 2021 where the chart does not say more.")
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "placeholder": "YYYY-MM-DD"}))
        super().__init__(max_length=10, **kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None, None
        found = PARTIAL.match(text)
        if not found:
            raise forms.ValidationError(f"{text!r} is not a date. Write 2021-06-14, 2021-06 or 2021.")
        parts = [int(part) for part in found.groups() if part]
        try:
            moment = date(*[*parts, 1, 1][:3])
        except ValueError as error:
            raise forms.ValidationError(f"{text!r} is not a day of the calendar.") from error
        return moment, ("year", "month", "day")[len(parts) - 1]
