"""Numbers as people type them."""

import re
from decimal import Decimal

from django import forms

NUMBER = re.compile(r"[+-]?(\d{1,12}(\.\d*)?|\.\d+)\Z", re.ASCII)
YES_NO = {"y": Decimal(1), "yes": Decimal(1), "n": Decimal(0), "no": Decimal(0)}


class NumberField(forms.CharField):
    """A decimal as typed, with a point; a comma is named, not guessed at."""

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        if not NUMBER.match(text):
            raise forms.ValidationError(f"{text!r} is not a number. Write decimals with a point, as 7.5.")
        return Decimal(text)


class YesNoField(NumberField):
    """Yes or no, in words, by their first letters or as 1 and 0."""

    def clean(self, value):
        word = YES_NO.get(str(value or "").strip().lower())
        return super().clean(value) if word is None else word
