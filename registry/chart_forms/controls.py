"""Which control a column of the chart gets: few codes are rows to press, many a list to type into."""

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.chart_values import NUMBERS, limits_of
from registry.rules import plain

# So many codes have a digit key each.
FEW = 9
# No code of a list starts with a slash.
NONE_OF_THEM = "/none"


def kind_of(column: models.Field) -> str:
    """yes_no, codes, list, several, date, number or text."""
    if isinstance(column, models.BooleanField):
        return "yes_no"
    if isinstance(column, ArrayField):
        return "several"
    if isinstance(column, models.DateField):
        return "date"
    if column.choices:
        return "codes" if len(column.flatchoices) <= FEW else "list"
    if grades(column):
        return "codes"
    if column.is_relation:
        return "list"
    return "number" if isinstance(column, NUMBERS) else "text"


def grades(column: models.Field) -> list[tuple[int, str]]:
    """The whole numbers of a short scale, as an ASA class or a count of nails."""
    low, high = limits_of(column) if isinstance(column, models.IntegerField) else (None, None)
    short = low is not None and high <= FEW and high - low < FEW
    return [(number, str(number)) for number in range(int(low), int(high) + 1)] if short else []


def control(column: models.Field, choices=()) -> forms.Field:
    """The field of a form for a column; what is typed goes to the action as it is."""
    options = {"label": column.verbose_name, "required": False, "help_text": column.help_text}
    return KINDS[kind_of(column)](column, options, [*column.flatchoices, *choices])


def pressed(column, options, choices) -> forms.Field:
    """Radio rows, each with its key: the code of a number, else its place."""
    choices = choices or grades(column)
    keys = [str(code) if isinstance(code, int) else str(place) for place, (code, _) in enumerate(choices, start=1)]
    return forms.Field(**options, widget=Pressed(choices=choices, keys=keys))


def yes_no(column, options, choices) -> forms.Field:
    return forms.Field(**options, widget=Pressed(choices=[("yes", "Yes"), ("no", "No")], keys=["y", "n"]))


def several(column, options, choices) -> forms.Field:
    choices = [*column.base_field.flatchoices, (NONE_OF_THEM, "None of these")]
    return forms.Field(**options, widget=Ticked(choices=choices, keys=[*map(str, range(1, min(len(choices), 10))), "0"]
                       if len(choices) <= 10 else []))  # fmt: skip


def listed(column, options, choices) -> forms.Field:
    return forms.Field(**options, widget=forms.Select(choices=[("", "choose, or type its first letters"), *choices]))


def date(column, options, choices) -> forms.Field:
    return typed(options, {"placeholder": "YYYY-MM-DD or less", "maxlength": 10})


def number(column, options, choices) -> forms.Field:
    low, high = limits_of(column)
    legal = "" if low is None else f"{plain(low)} to {plain(high)}"
    return typed(options, {"inputmode": "decimal", "placeholder": legal, "maxlength": 20})


def text(column, options, choices) -> forms.Field:
    return typed(options, {"maxlength": column.max_length})


def typed(options, attributes) -> forms.Field:
    return forms.Field(**options, widget=forms.TextInput({"autocomplete": "off", **attributes}))


class Pressed(forms.RadioSelect):
    """Radio buttons that a key presses."""

    def __init__(self, *, keys: list[str], **options):
        super().__init__(**options)
        self.keys = keys

    def create_option(self, name, value, label, selected, index, subindex=None, attrs=None):
        option = super().create_option(name, value, label, selected, index, subindex, attrs)
        if index < len(self.keys):
            option["attrs"]["data-key"] = option["key"] = self.keys[index]
        return option


class Ticked(Pressed, forms.CheckboxSelectMultiple):
    """Checkboxes that a key ticks, each with a name of its own: no field of a form is sent twice."""

    def value_from_datadict(self, data, files, name):
        return [str(value) for value, _ in self.choices if f"{name}.{value}" in data]

    def create_option(self, name, value, *args, **kwargs):
        return super().create_option(f"{name}.{value}", value, *args, **kwargs)


KINDS = {
    "yes_no": yes_no, "codes": pressed, "list": listed, "several": several, "date": date, "number": number,
    "text": text,
}  # fmt: skip
