"""One form of the chart on one screen: what is typed goes to save_form; what that says comes back beside its field."""

import json
import uuid
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass

from django import forms
from django.db import models
from django.forms import BoundField

from registry.actions.chart import new_row, save_form
from registry.chart import Form
from registry.chart_forms.controls import NONE_OF_THEM, control, kind_of
from registry.chart_forms.headings import HEADINGS
from registry.chart_values import set_answers
from registry.chart_words import in_words, reason_in_words, when_words
from registry.errors import Problem, Refused
from registry.forms.provenance import SOURCE_FIELDS, source_fields, source_of
from registry.models import ChartRow, MissingReason, Procedure
from registry.models.chart import precision_of
from registry.partial_dates import as_typed
from registry.rules import plain

NO_CHOICE = "not one of the choices"


@dataclass(frozen=True)
class Asked:
    """One line of the form: the field, its reason for missing, and when it is asked."""

    column: models.Field
    kind: str
    value: BoundField
    missing: BoundField
    needed: bool
    heading: str
    depends_on: str
    depends_values: str

    @property
    def errors(self) -> list[str]:
        return [*self.value.errors, *self.missing.errors]


class ChartForm(forms.Form):
    """A form of the chart, as its model asks it."""

    reason = forms.CharField(label="Reason for the change", required=False, max_length=300)
    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    opening = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)
    clear_hidden = forms.BooleanField(required=False, label="Clear what is no longer asked")

    def __init__(self, *args, form: Form, parent, row: ChartRow | None, initial: dict | None = None, **kwargs):
        self.form, self.parent, self.row = form, parent, row
        self.warnings: list[Problem] = []
        super().__init__(*args, initial=self.starting() | (initial or {}), **kwargs)
        self.fields |= source_fields(parent.site, recorded_reader=row and row.abstractor_id)
        for column in form.fields:
            self.fields[f"value_{column.name}"] = control(column, self.choices_of(column))
            self.fields[f"missing_{column.name}"] = forms.ChoiceField(
                label=f"{column.verbose_name} is missing because", required=False,
                choices=[("", "reason if missing"), *MissingReason.choices],
            )  # fmt: skip
        if row is None:
            del self.fields["reason"]

    def choices_of(self, column: models.Field) -> list[tuple[str, str]]:
        """The other procedures of the patient, for the one column that names one."""
        if not column.is_relation:
            return []
        others = Procedure.objects.valid().filter(patient_id=self.parent.patient_id).exclude(pk=self.parent.pk)
        return [
            (str(each.pk), f"{each.get_kind_display()} {when_words(each.performed_on, each.performed_precision)}")
            for each in others
        ]

    def starting(self) -> dict:
        """What the page shows first: a new key, or the row as it is recorded."""
        if self.row is None:
            return {"submission_key": uuid.uuid4(), "opening": uuid.uuid4()}
        start = {"submission_key": self.row.submission_key, "opening": uuid.uuid4(), "version": self.row.version}
        for column in self.form.fields:
            start[f"value_{column.name}"] = as_shown(self.row, column)
            start[f"missing_{column.name}"] = self.row.missing.get(column.name, "")
        return start | source_of(self.row)

    def source(self) -> list[BoundField]:
        """Where it was read."""
        return [self[name] for name in SOURCE_FIELDS]

    def source_words(self) -> str:
        """The source as the folded line says it."""
        said = [words_of(self, name) for name in ("collection_method", "source_document", "certainty")]
        return ", ".join(filter(None, said)) or "not said"

    @staticmethod
    def from_draft(content: dict[str, str]) -> dict:
        """What was typed, as a page starts from it; ticks have a name each."""
        found = dict(content)
        for name in content:
            stem, dot, code = name.partition(".")
            if dot:
                found.setdefault(stem, []).append(code)
        return found

    def asked(self) -> Iterator[Asked]:
        """The lines in the order of the form."""
        needed = set(self.form.required) - set(self.form.needed_if)
        for column in self.form.fields:
            other, values = self.form.shown_if.get(column.name, ("", ()))
            words = {True: "yes", False: "no"}
            yield Asked(
                column=column, kind=kind_of(column), value=self[f"value_{column.name}"],
                missing=self[f"missing_{column.name}"], needed=column.name in needed,
                heading=HEADINGS.get((self.form.key, column.name), ""), depends_on=other,
                depends_values=json.dumps([words.get(value, str(value)) for value in values]) if other else "",
            )  # fmt: skip

    def typed_values(self) -> dict:
        """What was typed, by column."""
        found = {column.name: self.raw(f"value_{column.name}") for column in self.form.fields}
        for name, given in found.items():
            if isinstance(given, list):
                found[name] = [each for each in given if each != NONE_OF_THEM] if given else None
        return found

    def raw(self, name: str):
        """What was sent for a field, before any check."""
        return self[name].data

    def typed_reasons(self) -> dict[str, str]:
        found = {column.name: self.raw(f"missing_{column.name}") for column in self.form.fields}
        return {name: reason for name, reason in found.items() if reason}

    def overrides(self) -> dict[str, str]:
        """{code of a rule: why the value is right}, as typed beside the warnings."""
        return {
            name.removeprefix("override_"): self.data[name].strip()
            for name in self.data
            if name.startswith("override_") and self.data[name].strip()
        }

    def unsaved(self) -> ChartRow:
        """The row as it is typed now, as far as it can be read; nothing is refused."""
        row = new_row(self.form, self.parent, None, uuid.uuid4()) if self.row is None else copy(self.row)
        setattr(row, self.form.parent, self.parent)
        if self.is_bound:
            set_answers(self.form, row, self.typed_values(), self.typed_reasons())
        return row

    def record(self, *, by) -> ChartRow | None:
        """Save it; None, with every broken rule beside its field, where it is refused. StaleSave goes through."""
        values, reasons = self.typed_values(), self.typed_reasons()
        try:
            return self.hand_over(values, reasons, by)
        except Refused as refused:
            hidden = {problem.field for problem in refused.problems if problem.rule == "H1"}
            if not (hidden and self.cleaned_data["clear_hidden"]):
                return self.say(refused.problems)
        try:
            reasons = {name: reason for name, reason in reasons.items() if name not in hidden}
            return self.hand_over(values | dict.fromkeys(hidden), reasons, by)
        except Refused as refused:
            return self.say(refused.problems)

    def hand_over(self, values: dict, reasons: dict, by) -> ChartRow:
        cleaned = self.cleaned_data
        provenance = {name: cleaned[name] for name in SOURCE_FIELDS}
        return save_form(
            form=self.form, parent=self.parent, row=self.row, values=values, missing=reasons, provenance=provenance,
            version=cleaned["version"], reason=cleaned.get("reason", ""), overrides=self.overrides(),
            submission_key=cleaned["submission_key"], by=by,
        )  # fmt: skip

    def say(self, problems) -> None:
        """Put each problem beside its field; a warning asks for its reason."""
        for problem in problems:
            if problem.warning:
                self.warnings.append(problem)
                self.add_error(None, f"{said(problem, self.form)} Correct it, or say below why it is right.")
                continue
            names = [f"value_{problem.field}", problem.field]
            names = names[::-1] if problem.rule == "V8" else names
            self.add_error(next((name for name in names if name in self.fields), None),
                           said(problem, self.form))  # fmt: skip

    @property
    def hides_answers(self) -> bool:
        """Whether something was refused because it is no longer asked."""
        return any("[H1]" in error for errors in self.errors.values() for error in errors)

    def asked_overrides(self) -> list[tuple[Problem, str, str]]:
        """Each warning once, the name of its field, and the reason typed so far."""
        by_code = {problem.rule: problem for problem in self.warnings}
        return [(problem, f"override_{code}", self.overrides().get(code, "")) for code, problem in by_code.items()]


def said(problem: Problem, form: Form) -> str:
    """A problem in words, with the form it stands in where that is another one."""
    elsewhere = f"{problem.where}: " if problem.where not in ("", form.title) and not problem.field else ""
    return f"{elsewhere}{problem.message} [{problem.rule}]"


def shown(form: ChartForm, row: ChartRow, column: models.Field) -> str:
    if column.is_relation:
        return chosen(form, row, column) or reason_in_words(row, column.name)
    return in_words(row, column) or reason_in_words(row, column.name)


def chosen(form: ChartForm, row: ChartRow, column: models.Field) -> str:
    """A row that a field names, in the words of the form's own choices: whatever else was typed names none of them."""
    pk = getattr(row, column.attname)
    return dict(form.choices_of(column)).get(str(pk), NO_CHOICE) if pk else ""


def words_of(form: ChartForm, name: str) -> str:
    """A choice in its words, a text as it is."""
    value = form[name].value()
    choices = dict(getattr(form.fields[name], "choices", ()))
    return str(choices.get(value, value)) if value else ""


def as_shown(row: ChartRow, column: models.Field):
    """A recorded value as the control holds it."""
    value = getattr(row, column.attname)
    if value is None or value == "":
        return [] if kind_of(column) == "several" else ""
    if isinstance(column, models.BooleanField):
        return "yes" if value else "no"
    if isinstance(column, models.DateField):
        return as_typed(value, getattr(row, precision_of(column.name)))
    if isinstance(value, list):
        return value or [NONE_OF_THEM]
    return plain(value) if isinstance(column, models.DecimalField) else str(value)
