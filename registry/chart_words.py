"""A chart's answers in words, the state of each form, and what a row is called in a short list."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.chart import FORMS, Form, is_answered, unanswered
from registry.models import ChartRow, FollowUpVisit, MissingReason, Patient, Procedure
from registry.models.chart import precision_of
from registry.partial_dates import as_typed
from registry.rules import plain

Parent = Patient | Procedure | FollowUpVisit
IN_A_SUMMARY = 3


def in_words(row: ChartRow, column: models.Field) -> str:
    """A field's value as people read it; empty where there is none."""
    value = getattr(row, column.name)
    if value in (None, ""):
        return ""
    if isinstance(column, models.BooleanField):
        return "yes" if value else "no"
    if isinstance(column, ArrayField):
        words = dict(column.base_field.flatchoices)
        return ", ".join(str(words.get(each, each)) for each in value) or "none of them"
    if isinstance(column, models.DateField):
        return as_typed(value, getattr(row, precision_of(column.name)))
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    return plain(value) if isinstance(column, models.DecimalField) else str(value)


def reason_in_words(row: ChartRow, name: str) -> str:
    """Why a field is missing; empty where no reason is given."""
    code = row.missing.get(name)
    return str(MissingReason(code).label) if code else ""


def summary(form: Form, row: ChartRow) -> str:
    """A row in a short list: what completes it first, then what else was answered."""
    if row.unavailable:
        return f"unavailable: {row.get_unavailable_display().lower()}"
    first = {name: place for place, name in enumerate(form.required)}
    columns = sorted(form.fields, key=lambda column: first.get(column.name, len(first)))
    said = [short(row, column) for column in columns if getattr(row, column.name) not in (None, "", [])]
    return ", ".join(said[:IN_A_SUMMARY]) or "nothing answered yet"


def short(row: ChartRow, column: models.Field) -> str:
    """A code or a date stands for itself; a number, a text, yes or no has its label before it, without its unit."""
    words = in_words(row, column)
    is_self_said = column.choices or isinstance(column, ArrayField | models.DateField)
    return words if is_self_said else f"{str(column.verbose_name).partition(' (')[0]}: {words}"


@dataclass(frozen=True)
class FormState:
    """One form at its parent: never opened is not incomplete, and unavailable is an answer."""

    form: Form
    parent: Parent
    rows: list[ChartRow] = field(default_factory=list)

    @property
    def row(self) -> ChartRow | None:
        """The row of a form that is filled once."""
        return self.rows[0] if self.rows and not self.form.repeats else None

    @property
    def unavailable(self) -> ChartRow | None:
        return next((row for row in self.rows if row.unavailable), None)

    @property
    def code(self) -> str:
        if not self.rows:
            return "never"
        if self.unavailable:
            return "unavailable"
        return "incomplete" if any(unanswered(self.form, row) for row in self.rows) else "complete"

    @property
    def answered(self) -> tuple[int, int]:
        """Required fields that are answered, and that are asked, over all rows."""
        asked = [(row, name) for row in self.rows for name in self.form.needed(row)]
        return sum(is_answered(row, name) for row, name in asked), len(asked)

    @property
    def words(self) -> str:
        """The state as the page says it."""
        count, code = len(self.rows), self.code
        if code == "never":
            return "never opened"
        if code == "unavailable":
            none = self.form.repeats and self.unavailable.unavailable == MissingReason.NOT_APPLICABLE
            return "there was none" if none else f"unavailable: {self.unavailable.get_unavailable_display().lower()}"
        several = f"{count} rows, " if count > 1 else ""
        return several + ("complete" if code == "complete" else "incomplete, {} of {}".format(*self.answered))

    @property
    def summaries(self) -> list[tuple[ChartRow, str]]:
        return [(row, summary(self.form, row)) for row in self.rows]


def forms_by_parent(patient: Patient) -> dict[tuple[str, object], list[ChartRow]]:
    """The valid rows of every form of a patient, by form and parent; one query for each table."""
    found: dict[tuple[str, object], list[ChartRow]] = {}
    for model in {form.model: None for form in FORMS.values()}:
        forms = [form for form in FORMS.values() if form.model is model]
        rows = model.objects.valid().filter(**{model.PATIENT_PATH: patient}).order_by("recorded_at", "id")
        for row in rows:
            form = next((form for form in forms if fits(form, row)), None)
            if form is not None:
                found.setdefault((form.key, getattr(row, f"{form.parent}_id")), []).append(row)
    return found


def fits(form: Form, row: ChartRow) -> bool:
    return all(getattr(row, name) == value for name, value in form.fixed.items())


def states_of(parent: Parent, forms: Iterable[Form], rows: dict) -> list[FormState]:
    """The state of each form at a parent."""
    return [FormState(form, parent, rows.get((form.key, parent.pk), [])) for form in forms]


def when_words(moment: date | None, precision: str | None) -> str:
    """'14 Jun 2021', 'Jun 2021' or '2021'; empty where it is not known."""
    formats = {"day": f"{moment.day} %b %Y" if moment else "", "month": "%b %Y", "year": "%Y"}
    return moment.strftime(formats[precision]) if moment else ""
