"""Answers as anybody may send them, read into what the columns of a form hold; each refusal says what to write."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from registry.chart import Form, is_answered
from registry.clock import today
from registry.errors import Problem
from registry.forms.numbers import NUMBER
from registry.models import ChartRow, MissingReason
from registry.models.chart import precision_of
from registry.models.dates import Precision
from registry.partial_dates import PartialDateField
from registry.rules import EARLIEST_DATE, plain

YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
NUMBERS = (models.IntegerField, models.DecimalField)


class Unreadable(Exception):
    """A value that its column does not take: the rule's code, and what to write instead."""

    def __init__(self, rule: str, message: str):
        self.rule, self.message = rule, message


def set_answers(form: Form, row: ChartRow, values: Mapping, missing: Mapping[str, str]) -> list[Problem]:
    """Put values and reasons into an unsaved row. What neither names stays as it is; what is empty becomes empty."""
    columns = {column.name: column for column in form.fields}
    problems = [
        problem_of(form, name, "", "V14", "The form has no such field; leave it out.")
        for name in sorted({*values, *missing} - set(columns) - {precision_of(name) for name in columns})
    ]
    row.missing = dict(row.missing)
    for name, column in columns.items():
        if name in values or name in missing:
            problems += set_answer(form, row, column, given_of(values, name), missing.get(name) or "")
    return problems


def given_of(values: Mapping, name: str):
    """What was sent for a field: a date may stand beside its precision."""
    given, precision = values.get(name), values.get(precision_of(name))
    return (given, precision) if precision and isinstance(given, date) else given


def set_answer(form: Form, row: ChartRow, column: models.Field, given, reason: str) -> list[Problem]:
    """One answer: a value, a reason why it is missing, or neither."""
    name, is_given = column.name, given not in (None, "", (None, None))
    row.missing.pop(name, None)
    if reason and reason not in MissingReason.values:
        codes = ", ".join(MissingReason.values)
        return [problem_of(form, name, reason, "V14", f"This is no reason for missing. Write one of {codes}.")]
    if reason and is_given:
        message = f"Give {named(column)} or the reason why it is missing, not both."
        return [problem_of(form, name, given, "M1", message)]
    if reason:
        row.missing[name] = reason
    try:
        put(row, column, read(column, given) if is_given else empty(column))
    except Unreadable as no:
        return [problem_of(form, name, given, no.rule, no.message)]
    return []


def put(row: ChartRow, column: models.Field, value) -> None:
    """Set a column, a date with its precision."""
    if isinstance(column, models.DateField):
        value, precision = value
        setattr(row, precision_of(column.name), precision)
    setattr(row, column.attname, value)


def empty(column: models.Field):
    """What a column holds that is not answered."""
    if isinstance(column, models.DateField):
        return None, None
    return None if column.null else ""


def read(column: models.Field, given):
    """A value that was sent, as its column holds it; Unreadable where it does not take it."""
    if isinstance(column, models.DateField):
        return read_date(column, given)
    if isinstance(column, models.BooleanField):
        return read_yes_no(column, given)
    if isinstance(column, ArrayField):
        return read_codes(column, given)
    if isinstance(column, NUMBERS):
        return read_number(column, given)
    if column.is_relation:
        return read_relation(column, given)
    return read_text(column, given)


def read_date(column: models.DateField, given) -> tuple[date, str]:
    """D1: between 1900 and today; V4: YYYY-MM-DD, YYYY-MM or YYYY, or a date with its precision."""
    try:
        moment, precision = (given, "day") if isinstance(given, date) else given
        known = isinstance(moment, date) and precision in Precision.values
    except (TypeError, ValueError):
        moment, precision = partial(given)
        known = True
    if not known:
        raise Unreadable("V4", f"Write {named(column)} as 2021-06-14, 2021-06 or 2021.")
    if not EARLIEST_DATE <= moment <= today():
        raise Unreadable("D1", f"{named(column, capital=True)} lies between 1900 and today: check the year.")
    return moment, precision


def partial(given) -> tuple[date, str]:
    try:
        return PartialDateField().clean(str(given))
    except ValidationError as error:
        raise Unreadable("V4", " ".join(error.messages)) from error


def read_yes_no(column: models.BooleanField, given) -> bool:
    said = str(given).strip().lower()
    if said in YES or said in NO:
        return said in YES
    raise Unreadable("V14", f"Answer {named(column)} with yes or no.")


def read_codes(column: ArrayField, given) -> list[str]:
    """Codes of a list, each once, in the order of the list; an empty list says 'none of them'."""
    known = [code for code, _ in column.base_field.flatchoices]
    if not isinstance(given, list | tuple) or any(each not in known for each in given):
        raise Unreadable("V14", f"{named(column, capital=True)} takes any of {', '.join(known)}.")
    return [code for code in known if code in given]


def read_number(column: models.Field, given) -> int | Decimal:
    """V5: a number as people write it; V1: within its limits, and of its list where it has one."""
    text = str(given).strip()
    if isinstance(given, bool) or not NUMBER.match(text):
        raise Unreadable("V5", f"{text[:30]!r} is not a number. Write decimals with a point, as 7.5.")
    number, places = Decimal(text), getattr(column, "decimal_places", 0)
    if number != round(number, places):
        said = f"at most {places} decimal{'s' if places > 1 else ''}" if places else "no decimals"
        raise Unreadable("V5", f"{named(column, capital=True)} takes {said}.")
    low, high = limits_of(column)
    if low is not None and not low <= number <= high:
        raise Unreadable("V1", f"{named(column, capital=True)} lies between {plain(low)} and {plain(high)}.")
    codes = [code for code, _ in column.flatchoices]
    if codes and number not in codes:
        raise Unreadable("V1", f"{named(column, capital=True)} is one of {', '.join(map(str, codes))}.")
    return number if places else int(number)


def limits_of(column: models.Field) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """The lowest and the highest value that a number column takes."""
    low = [each.limit_value for each in column.validators if isinstance(each, MinValueValidator)]
    high = [each.limit_value for each in column.validators if isinstance(each, MaxValueValidator)]
    # A column adds its type's own limits; ours are the narrower.
    return (Decimal(max(low)), Decimal(min(high))) if low and high else (None, None)


def read_relation(column: models.ForeignKey, given):
    """The id of a row that is named by itself or by its id."""
    try:
        return column.target_field.to_python(getattr(given, "pk", given))
    except ValidationError as error:
        raise Unreadable("V14", f"Choose {named(column)} from the list.") from error


def read_text(column: models.CharField, given) -> str:
    text, codes = str(given).strip(), [code for code, _ in column.flatchoices]
    if codes and text not in codes:
        raise Unreadable("V14", f"{named(column, capital=True)} is one of {', '.join(codes)}.")
    if len(text) > column.max_length or "\x00" in text:
        raise Unreadable("V15", f"{named(column, capital=True)} takes at most {column.max_length} characters.")
    return text


def named(column: models.Field, *, capital: bool = False) -> str:
    """A field as a sentence names it."""
    label = str(column.verbose_name)
    return f"“{label[0].upper() + label[1:]}”" if capital else f"“{label}”"


def problem_of(form: Form, name: str, value, rule: str, message: str) -> Problem:
    """A problem at a field of a form."""
    return Problem(rule=rule, field=name, value=in_short(value), message=message, where=form.title)


def in_short(value) -> str:
    """A value for a message: its beginning."""
    if isinstance(value, tuple):
        value = value[0]
    return "" if value is None else str(value)[:60]


def hidden_answers(form: Form, row: ChartRow) -> list[Problem]:
    """H1: what is not asked, given the other answers, holds neither a value nor a reason."""
    labels = {column.name: column for column in form.fields}
    return [
        problem_of(
            form, name, getattr(row, name), "H1",
            f"{named(labels[name], capital=True)} is asked only where {asked_where(form, name)}. "
            "Clear it, or correct the answer that it depends on.",
        )
        for name in form.shown_if
        if name in labels and is_answered(row, name) and not form.is_shown(name, row)
        and row.missing.get(name) != MissingReason.NOT_APPLICABLE
    ]  # fmt: skip


def asked_where(form: Form, name: str) -> str:
    """'“Leakage” is yes': the answer that a field waits for."""
    other, values = form.shown_if[name]
    column = form.model._meta.get_field(other)
    words = dict(getattr(column, "base_field", column).flatchoices)
    said = [{True: "yes", False: "no"}.get(value, str(words.get(value, value))) for value in values]
    return f"{named(column)} is {' or '.join(said)}"
