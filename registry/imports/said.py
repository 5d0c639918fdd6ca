"""What a mapped file says of the record: the answers of each row of the record, each with its cell.

Rules: I2 the row names no patient, or one whose number is malformed; I4 to I6 a cell is no number, code or date; I8 no
such timepoint, instrument or form; I16 two rows say different things of the same place.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.exceptions import ValidationError

from registry.chart import FORMS
from registry.errors import Problem
from registry.imports.kinds import REASONS, NotAnAnswer, bracketed
from registry.imports.mapping import Mapping, Meaning
from registry.imports.sheet import Sheet
from registry.imports.targets import FORM, INSTANCE, INSTRUMENT, PATIENT, TIMEPOINT, Target, Targets
from registry.models.patient import STUDY_NUMBER

LONGEST_NUMBER = 60
# A visit without a timepoint is known by its date.
ON = "on "


class Place(NamedTuple):
    """A row of the record as a file can name it. `at`: the timepoint of a visit, or "on 2024-04-12"."""

    patient: str
    form: str
    at: str = ""
    instance: int = 0


class Cell(NamedTuple):
    """An answer, where it stood and how it was written there."""

    text: str
    raw: str
    row: int
    column: str
    target: Target


@dataclass
class Said:
    """The answers by place and field. `bad_rows`: indices of the rows with a problem."""

    sheet: Sheet
    places: dict[Place, dict[str, Cell]] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    rows_of: dict[str, int] = field(default_factory=dict)

    def problem(self, row: int, column: str, rule: str, message: str) -> None:
        self.problems.append((row, self.sheet.problem(row, column, rule, message)))

    @property
    def bad_rows(self) -> set[int]:
        return {row for row, _ in self.problems}


class RowKeys(NamedTuple):
    """What a row of the file is about."""

    patient: str
    timepoint: str
    instrument: str
    form: str
    instance: int


class Reader:
    """Reads the rows of one sheet under one mapping."""

    def __init__(self, sheet: Sheet, mapping: Mapping, targets: Targets, leave_out: frozenset[int] = frozenset()):
        self.sheet, self.mapping, self.targets, self.leave_out = sheet, mapping, targets, leave_out
        self.said = Said(sheet)
        self.known: dict[tuple[str, str], str] = {}

    def read(self) -> Said:
        """Everything that the file says."""
        for row, cells in enumerate(self.sheet.rows):
            if row not in self.leave_out:
                self.read_row(row, cells)
        return self.said

    def read_row(self, row: int, cells: dict[str, str]) -> None:
        try:
            keys = self.keys_of(cells)
        except WrongKey as wrong:
            self.said.problem(row, wrong.column, wrong.rule, wrong.message)
            return
        self.said.rows_of.setdefault(keys.patient, row)
        date = self.date_of(cells)
        for meaning in self.mapping.answers:
            place = self.place_of(meaning, keys, date)
            if place is not None:
                self.read_cell(row, cells[meaning.column], meaning, meaning.target, place)
        if keys.instrument:
            self.read_value(row, cells, keys, date)

    def read_value(self, row: int, cells: dict[str, str], keys: RowKeys, date: str) -> None:
        """The one value of a row of a long table."""
        meaning, target = self.mapping.of("value"), self.targets.by_key[f"score.{keys.instrument}"]
        at = meaning.timepoint or keys.timepoint or date
        if not at:
            self.said.problem(row, meaning.column, "I8", "The row says of no timepoint and of no date.")
            return
        self.read_cell(row, cells[meaning.column], meaning, target, Place(keys.patient, "visit", at))

    def read_cell(self, row: int, raw: str, meaning: Meaning, target: Target, place: Place) -> None:
        try:
            text = answer(raw, meaning, target)
        except NotAnAnswer as error:
            self.said.problem(row, meaning.column, error.rule, error.message)
            return
        fields = self.said.places.setdefault(place, {})
        cell, there = Cell(text, raw, row, meaning.column, target), fields.get(target.field)
        if there is None or not there.text:
            fields[target.field] = cell
        elif text and text != there.text:
            message = f"Row {self.sheet.places[there.row]} says {there.raw!r} of the same. Keep one of the two."
            self.said.problem(row, meaning.column, "I16", message)

    def place_of(self, meaning: Meaning, keys: RowKeys, date: str) -> Place | None:
        """Whose value a column holds in this row; None where the row is not about it."""
        target = meaning.target
        repeats = target.form in FORMS and FORMS[target.form].repeats
        if keys.form and keys.form != target.form:
            return None
        if repeats and not keys.form and self.mapping.of(FORM) is not None:
            return None
        at = (meaning.timepoint or keys.timepoint or date) if target.of_visit else ""
        if target.of_visit and not at:
            return None
        return Place(keys.patient, target.form, at, keys.instance if repeats else 0)

    def keys_of(self, cells: dict[str, str]) -> RowKeys:
        return RowKeys(
            self.patient_of(cells), self.key(cells, TIMEPOINT), self.key(cells, INSTRUMENT), self.key(cells, FORM),
            self.instance_of(cells),
        )  # fmt: skip

    def patient_of(self, cells: dict[str, str]) -> str:
        column = self.mapping.of(PATIENT).column
        number = cells[column]
        try:
            STUDY_NUMBER(number)
        except ValidationError as error:
            said = "The row names no patient. Give the study number, or take the row out."
            raise WrongKey("I2", column, " ".join(error.messages) if number else said) from error
        if len(number) > LONGEST_NUMBER:
            raise WrongKey("I2", column, f"A study number has at most {LONGEST_NUMBER} characters.")
        return number

    def key(self, cells: dict[str, str], key: str) -> str:
        """The timepoint, instrument or form that a row names, as its code; "" where it names none."""
        meaning = self.mapping.of(key)
        text = cells[meaning.column] if meaning else ""
        if not text:
            return ""
        if (key, text) not in self.known:
            self.known[key, text] = self.code_of(key, meaning.values.get(text, text)) or ""
        if not self.known[key, text]:
            message = f"The study has no such {key}. Say in the mapping which one it stands for."
            raise WrongKey("I8", meaning.column, message)
        return self.known[key, text]

    def code_of(self, key: str, text: str) -> str | None:
        if key == FORM:
            return next((form.key for form in FORMS.values() if text in (form.key, form.title) and form.repeats), None)
        if key == TIMEPOINT:
            found = self.targets.timepoint_named(text)
            return found and found.code
        found = self.targets.instrument_named(text)
        return found and found.key

    def instance_of(self, cells: dict[str, str]) -> int:
        meaning = self.mapping.of(INSTANCE)
        text = cells[meaning.column] if meaning else ""
        if not text:
            return 1
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 9999):
            raise WrongKey("I8", meaning.column, "The number of the repetition is a whole number from 1.")
        return int(text)

    def date_of(self, cells: dict[str, str]) -> str:
        """How a visit without a timepoint is named; "" where the row gives no date."""
        meaning = self.mapping.of("visit.visited_on")
        if meaning is None or meaning.timepoint:
            return ""
        try:
            text = answer(cells[meaning.column], meaning, meaning.target)
        except NotAnAnswer:
            return ""
        return f"{ON}{text}" if text and text not in REASONS else ""


class WrongKey(Exception):
    """What a row is about cannot be read."""

    def __init__(self, rule: str, column: str, message: str):
        self.rule, self.column, self.message = rule, column, message
        super().__init__(message)


def answer(raw: str, meaning: Meaning, target: Target) -> str:
    """A cell as the text of an answer; NotAnAnswer, in words, where it is none."""
    if raw in meaning.missing:
        return reason(bracketed(meaning.missing[raw]), target)
    text = meaning.values.get(raw, raw)
    if text in REASONS:
        return reason(text, target)
    return text and target.kind.read(text)


def reason(text: str, target: Target) -> str:
    """A reason for missing; where a column takes none, it is as if nothing stood there."""
    return text if target.takes_reason else ""
