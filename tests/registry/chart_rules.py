"""The ways in which what every form of the chart holds of itself is broken, made from the forms."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models

from registry.chart import FORMS
from registry.models.chart import answers_of, precision_of
from tests.registry.record import add_twin, set_columns


def broken_forms() -> list[tuple]:
    """(name of the rule, table, how to break it) for what every form of the chart holds of itself."""
    return [row for model in sorted({form.model for form in FORMS.values()}, key=lambda model: model.__name__)
            for row in broken_form(model)]  # fmt: skip


def broken_form(model) -> list[tuple]:
    stem, table, fields = model._meta.model_name, model._meta.db_table, answers_of(model)
    answered = "happened_on" if stem == "event" else fields[0].name
    names = {each.name for each in model._meta.constraints}
    ranged = next((each for each in reversed(fields) if not each.choices and top_of(each) is not None), None)
    coded = next((each for each in fields if isinstance(each, ArrayField) or each.choices), None)
    code = "ARRAY['nonsense']" if isinstance(coded, ArrayField) else "'nonsense'"
    rows = [
        (f"{stem}_value_or_reason", table, set_columns, f"missing = '{{\"{answered}\": \"unknown\"}}'"),
        (f"{stem}_reasons_known", table, set_columns, "missing = '{\"no_such_field\": \"unknown\"}'"),
        (f"{stem}_reasons_known", table, set_columns, f"missing = '{{\"{fields[-1].name}\": \"nonsense\"}}'"),
        (f"{stem}_empty_where_unavailable", table, set_columns, "unavailable = 'unknown'"),
        *((f"{stem}_within_range", table, set_columns, f"{ranged.name} = {top_of(ranged) + 1}") for _ in [0] if ranged),
        *((f"{stem}_codes_known", table, set_columns, f"{coded.name} = {code}") for _ in [0] if coded),
        *((f"{stem}_{each.name}_with_precision", table, set_columns, f"{precision_of(each.name)} = 'day', "
           f"{each.name} = NULL") for each in fields if isinstance(each, models.DateField)),
        *((name, table, add_twin, f'{{"submission_key": "{uuid.UUID(int=1)}"}}') for name in sorted(names)
          if name.startswith("one_") and stem != "event"),
    ]  # fmt: skip
    return rows


def top_of(field: models.Field):
    """The largest value of a number, None where it has none."""
    return next((each.limit_value for each in field.validators if isinstance(each, MaxValueValidator)), None)
