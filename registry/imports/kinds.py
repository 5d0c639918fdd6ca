"""What a cell may say: every kind of answer as one plain text, the same for file, preview and record.

`read` turns a cell into that text, or says in words what is wrong with it; `text` writes what is recorded as that text;
`columns` gives the columns that hold it. "" is not answered; a reason for missing stands in square brackets:
"[not_done]". Two answers are the same where their texts are: so the record's own export imports without a change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from registry.errors import RegistryError
from registry.imports.cells import number_of, wrong_number
from registry.imports.inert import as_it_was
from registry.models import Instrument, MissingReason
from registry.models.chart import precision_of
from registry.partial_dates import PartialDateField, as_typed
from registry.rules import plain

REASONS = {f"[{code}]": MissingReason(code) for code in MissingReason.values}
YES_NO = {"yes": True, "no": False}
ALSO_YES_NO = {"yes": "yes", "no": "no", "true": "yes", "false": "no", "1": "yes", "0": "no", "y": "yes", "n": "no"}


class NotAnAnswer(RegistryError):
    """A cell that cannot be what its column is for: the rule, and what to do."""

    def __init__(self, rule: str, message: str):
        self.rule, self.message = rule, message
        super().__init__(message)


def bracketed(reason: str | None) -> str:
    """[not_done] of a reason's code."""
    return f"[{reason}]" if reason else ""


@dataclass(frozen=True)
class Kind:
    """The answers of one column of the record."""

    name: str

    def read(self, cell: str) -> str:
        raise NotImplementedError

    def text(self, row) -> str:
        """What a row holds."""
        value = getattr(row, self.name)
        return "" if value in (None, "") else self.written(value)

    def written(self, value) -> str:
        return str(value)

    def columns(self, text: str) -> dict:
        """The columns of a text that was read; of "": nothing answered."""
        return {self.name: self.value(text) if text else None}

    def value(self, text: str):
        return text


@dataclass(frozen=True)
class Number(Kind):
    """A number; `low` and `high` are the limits of its column, `levels` the labels that some values have."""

    whole: bool = False
    low: Decimal | None = None
    high: Decimal | None = None
    places: int = 8
    levels: Mapping[str, str] = field(default_factory=dict)

    def read(self, cell: str) -> str:
        cell = self.levels.get(cell.casefold(), cell)
        wrong = wrong_number(cell, whole=self.whole)
        if wrong:
            raise NotAnAnswer("I4", wrong)
        number = number_of(cell)
        if -number.as_tuple().exponent > self.places:
            raise NotAnAnswer("V5", f"A number here has at most {self.places} decimals.")
        if self.low is not None and not self.low <= number <= self.high:
            raise NotAnAnswer("V1", f"The number lies between {plain(self.low)} and {plain(self.high)}.")
        return plain(number) if number else "0"

    def written(self, value) -> str:
        return plain(Decimal(value)) if value else "0"

    def value(self, text: str) -> int | Decimal:
        return int(text) if self.whole else Decimal(text)


@dataclass(frozen=True)
class YesNo(Kind):
    """Yes or no."""

    def read(self, cell: str) -> str:
        found = ALSO_YES_NO.get(cell.casefold())
        if found is None:
            raise NotAnAnswer("I5", "Write yes or no, or say in the mapping which code means which.")
        return found

    def written(self, value) -> str:
        return "yes" if value else "no"

    def text(self, row) -> str:
        value = getattr(row, self.name)
        return "" if value is None else self.written(value)

    def value(self, text: str) -> bool:
        return YES_NO[text]


@dataclass(frozen=True)
class Code(Kind):
    """One code of a list, or its label; `empty`: the code that stands for no answer, where the list has one."""

    choices: Mapping[str, str] = field(default_factory=dict)
    empty: str = ""

    def read(self, cell: str) -> str:
        return code_of(cell, self.choices)

    def written(self, value) -> str:
        return "" if value == self.empty else str(value)

    def columns(self, text: str) -> dict:
        return {self.name: text or self.empty}


@dataclass(frozen=True)
class Reason(Code):
    """A code of a list in a column that is NULL where there is none."""

    def columns(self, text: str) -> dict:
        return {self.name: text or None}


@dataclass(frozen=True)
class Codes(Kind):
    """Any codes of a list, in the order of the list; "none" is the answer that none of them holds."""

    choices: Mapping[str, str] = field(default_factory=dict)

    def read(self, cell: str) -> str:
        if cell.casefold() == "none":
            return "none"
        parts = cell.split(";") if ";" in cell else cell.split()
        found = {code_of(part.strip(), self.choices) for part in parts if part.strip()}
        return " ".join(code for code in self.choices if code in found)

    def text(self, row) -> str:
        value = getattr(row, self.name)
        return "" if value is None else " ".join(code for code in self.choices if code in value) or "none"

    def value(self, text: str) -> list[str]:
        return [] if text == "none" else text.split()


@dataclass(frozen=True)
class PartialDate(Kind):
    """A date as far as it is known: 2021-06-14, 2021-06 or 2021."""

    def read(self, cell: str) -> str:
        try:
            moment, precision = PartialDateField().clean(cell.removesuffix("T00:00:00")[:30])
        except ValidationError as error:
            raise NotAnAnswer("I6", " ".join(error.messages)) from error
        return as_typed(moment, precision)

    def text(self, row) -> str:
        return as_typed(getattr(row, self.name), getattr(row, precision_of(self.name)))

    def columns(self, text: str) -> dict:
        on, precision = PartialDateField(required=False).clean(text)
        return {self.name: on, precision_of(self.name): precision}


@dataclass(frozen=True)
class Day(Kind):
    """A date to the day."""

    def read(self, cell: str) -> str:
        try:
            return date.fromisoformat(cell[:10]).isoformat() if cell[4:5] == "-" else date.fromisoformat("").isoformat()
        except ValueError as error:
            raise NotAnAnswer("I6", "Write the date as 2021-06-14.") from error

    def value(self, text: str) -> date:
        return date.fromisoformat(text)


@dataclass(frozen=True)
class Text(Kind):
    """Free text."""

    longest: int = 300

    def read(self, cell: str) -> str:
        found = as_it_was(cell)
        if len(found) > self.longest or "\x00" in found:
            raise NotAnAnswer("I5", f"A text here has at most {self.longest} characters.")
        return found

    def columns(self, text: str) -> dict:
        return {self.name: text}


def code_of(cell: str, choices: Mapping[str, str]) -> str:
    """The code that a cell names by itself or by its label; NotAnAnswer where there is none."""
    if cell in choices:
        return cell
    by_word = {label.casefold(): code for code, label in choices.items()} | {code.casefold(): code for code in choices}
    if cell.casefold() not in by_word:
        some = ", ".join(list(choices)[:8]) + (" …" if len(choices) > 8 else "")
        raise NotAnAnswer("I5", f"This is none of the codes: {some}. Say in the mapping which code it stands for.")
    return by_word[cell.casefold()]


def limit(column: models.Field, kind: type) -> Decimal | None:
    """A limit that a column states."""
    return next((Decimal(each.limit_value) for each in column.validators if isinstance(each, kind)), None)


def kind_of(column: models.Field) -> Kind:
    """How the answers of a column of the record are written."""
    choices = {str(code): str(label) for code, label in column.flatchoices}
    if isinstance(column, ArrayField):
        return Codes(column.name, {str(code): str(label) for code, label in column.base_field.flatchoices})
    if isinstance(column, models.BooleanField):
        return YesNo(column.name)
    if isinstance(column, models.DateField):
        dated = any(other.name == precision_of(column.name) for other in column.model._meta.fields)
        return (PartialDate if dated else Day)(column.name)
    if isinstance(column, models.IntegerField | models.DecimalField):
        whole = isinstance(column, models.IntegerField)
        low, high = limit(column, MinValueValidator), limit(column, MaxValueValidator)
        within = {"low": low, "high": high} if column.model._meta.model_name != "followupvisit" else {}
        return Number(column.name, whole=whole, places=0 if whole else column.decimal_places, **within)
    if choices:
        return Reason(column.name, choices) if column.null else Code(column.name, choices, column.get_default())
    return Text(column.name, column.max_length or 10_000)


def kind_of_score(instrument: Instrument) -> Number:
    """How a score is written; its range and step are the rules' to hold."""
    return Number(instrument.key, levels={label.casefold(): value for value, label in instrument.levels.items()})
