"""The fields of a project: what each is called, what it takes, and how its values are told in words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.access import Profile
from registry.chart import ANY, Form
from registry.chart_values import limits_of
from registry.models import Covariate, Instrument, MissingReason
from registry.models.chart import ABOUT, precision_of
from registry.models.dates import Precision
from registry.profiles.chart_lists import DATED, TOLD
from registry.rules import plain

YES_NO = {"1": "Yes", "0": "No"}
REASONS = {code: str(label) for code, label in MissingReason.choices}
PRECISIONS = {code: str(label) for code, label in Precision.choices}
UNAVAILABLE = "unavailable"
TEXT, CODE, CODES, ASKED, DERIVED = "text", "dropdown", "checkbox", "yesno", "calc"


@dataclass(frozen=True, kw_only=True)
class RedcapField:
    """One field. `source` is where the record keeps it; `is_date`: what the strictest profile may not show; `is_day`: a
    date of the record as days from the index procedure."""

    name: str
    form: str
    label: str
    source: str
    type: str = TEXT
    choices: Mapping[str, str] = field(default_factory=dict)
    validation: str = ""
    low: str = ""
    high: str = ""
    note: str = ""
    branching: str = ""
    required: bool = False
    identifies: bool = False
    is_day: bool = False

    @property
    def is_number(self) -> bool:
        return self.validation in ("integer", "number") or self.type == DERIVED

    @property
    def is_date(self) -> bool:
        return self.validation == "date_ymd"

    @property
    def boxes(self) -> dict[str, str]:
        """The columns of a checkbox by code: its choices, and the reasons why it may be missing."""
        return {code: f"{self.name}___{box(code)}" for code in [*self.choices, *REASONS]}


def box(code: str) -> str:
    """A code as the end of a column's name."""
    return re.sub(r"[^a-z0-9]", "_", code.lower())


def slug(text: str) -> str:
    """A text as a part of a field's name."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def each_once(fields: Iterable[RedcapField], taken: Iterable[str]) -> Iterator[RedcapField]:
    """Fields whose names are their own: the second `covariates_age` is `covariates_age_2`."""
    names = set(taken)
    for one in fields:
        name, number = one.name, 1
        while name in names:
            number += 1
            name = f"{one.name}_{number}"
        names.add(name)
        yield replace(one, name=name)


def of_chart_form(form: Form, profile: Profile) -> Iterator[RedcapField]:
    """The fields of a form of the chart in a profile: without identifiers those that its lists name, in the strictest
    no date. The last field says why there is no answer."""
    found = [of_column(form, column) for column in form.fields] + [of_computed(form, each) for each in computed(form)]
    for one in found:
        if one.is_date:
            yield from of_date(form, one, profile)
        elif profile is Profile.IDENTIFIED or one.source in TOLD.get(form.key, ()):
            yield one
    yield code(form.key, UNAVAILABLE, "Why the form cannot be filled", REASONS)


def of_date(form: Form, one: RedcapField, profile: Profile) -> Iterator[RedcapField]:
    """A date and its precision; for who may not know who it is, days from the index procedure."""
    if profile is not Profile.IDENTIFIED and one.source not in DATED.get(form.key, ()):
        return
    if profile is not Profile.SAFE_HARBOR:
        yield one
        yield code(form.key, precision_of(one.source), f"{one.label}: known", PRECISIONS)
    if profile is not Profile.IDENTIFIED:
        yield replace(one, name=f"{one.name.removesuffix('_on')}_day", label=f"{one.label}: days from the procedure",
                      validation="integer", identifies=False, is_day=True, required=False)  # fmt: skip


def computed(form: Form) -> list[models.Field]:
    """The columns that the registry fills itself."""
    return [column for column in form.model._meta.local_fields if not column.editable and column.name not in ABOUT]


def of_computed(form: Form, column: models.Field) -> RedcapField:
    return RedcapField(name=f"{form.key}_{column.name}", form=form.key, label=str(column.verbose_name),
                       source=column.name, type=DERIVED)  # fmt: skip


def code(form: str, name: str, label: str, choices: Mapping[str, str]) -> RedcapField:
    """A field with one of these codes."""
    return RedcapField(name=f"{form}_{name}", form=form, label=label, source=name, type=CODE, choices=choices)


def of_column(form: Form, column: models.Field) -> RedcapField:
    """A question of the chart."""
    one = RedcapField(
        name=f"{form.key}_{column.name}", form=form.key, label=str(column.verbose_name), source=column.name,
        note=str(column.help_text), branching=branching(form, column.name),
        required=column.name in form.required and column.name not in form.needed_if,
    )  # fmt: skip
    if isinstance(column, ArrayField):
        return replace(one, type=CODES, choices=words(column.base_field))
    if column.choices:
        return replace(one, type=CODE, choices=words(column))
    if isinstance(column, models.BooleanField):
        return replace(one, type=ASKED, choices=YES_NO)
    if isinstance(column, models.DateField):
        return replace(one, validation="date_ymd", identifies=True)
    if isinstance(column, models.IntegerField | models.DecimalField):
        return replace(one, **limited(column))
    return replace(one, identifies=True)


def words(column: models.Field) -> dict[str, str]:
    return {str(code): str(label) for code, label in column.flatchoices}


def limited(column: models.Field) -> dict[str, str]:
    low, high = limits_of(column)
    validation = "number" if isinstance(column, models.DecimalField) else "integer"
    return {
        "validation": validation,
        "low": "" if low is None else plain(low),
        "high": "" if high is None else plain(high),
    }


def branching(form: Form, name: str) -> str:
    """Where a field is asked, as REDCap writes it: [fracture_status] = 'impending'."""
    other, values = form.shown_if.get(name, ("", ()))
    if not other:
        return ""
    asked = f"{form.key}_{other}"
    if values == ANY:
        return f"[{asked}] <> ''"
    if isinstance(form.model._meta.get_field(other), ArrayField):
        return " or ".join(f"[{asked}({value})] = '1'" for value in values)
    return " or ".join(f"[{asked}] = '{int(value) if isinstance(value, bool) else value}'" for value in values)


def of_instrument(instrument: Instrument) -> RedcapField:
    """The score of an instrument at a visit."""
    one = RedcapField(
        name=f"scores_{instrument.key}", form="scores", label=instrument.name, source=str(instrument.pk),
        note=instrument.unit, required=instrument.part_of_id is None,
    )  # fmt: skip
    if instrument.is_labelled:
        labels = {plain_code(value): str(label) for value, label in instrument.levels.items()}
        return replace(one, type=ASKED if instrument.is_yes_no else CODE, choices=labels)
    validation = "number" if instrument.decimals else "integer"
    return replace(one, validation=validation, low=plain(instrument.minimum), high=plain(instrument.maximum))


def plain_code(value: str) -> str:
    """A level as a value is written: 1 for 1.0."""
    return value.rstrip("0").rstrip(".") if "." in value else value


def of_covariate(covariate: Covariate) -> RedcapField:
    """An attribute that the study keeps of its patients."""
    one = RedcapField(name=f"covariates_{slug(covariate.name)}", form="covariates", label=covariate.label,
                      source=covariate.name)  # fmt: skip
    if covariate.kind == Covariate.Kind.CATEGORY:
        return one
    return replace(one, validation="integer" if covariate.kind == Covariate.Kind.INTEGER else "number")
