"""Numbers as people type them."""

import re
from decimal import Decimal

from django import forms

NUMBER = re.compile(r"[+-]?(\d{1,12}(\.\d*)?|\.\d+)\Z", re.ASCII)


class NumberField(forms.CharField):
    """A decimal as typed, with a point; a comma is named, not guessed at."""

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        if not NUMBER.match(text):
            raise forms.ValidationError(f"{text!r} is not a number. Write decimals with a point, as 7.5.")
        return Decimal(text)
