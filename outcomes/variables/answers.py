"""The answers of the chart's forms as variables: each column of a form that is filled once, by its own label."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import models

from outcomes.variables.chart import Row
from outcomes.variables.variable import CHART, DERIVED, NUMBER, YES_NO, Variable
from registry.chart import FORMS, Form
from registry.models.chart import ABOUT

# Forms with one row a patient or procedure; and, of a freeze with one row a fracture, the fracture's own.
ONCE = ("comorbidity", "katagiri", "operation", "bone_health", "vital_status")
FRACTURE = "fracture"
# What a column is called in a freeze where its own name says too little, or the plans say another.
NAMES = {
    ("operation", "operative_time_min"): "operative_minutes", ("operation", "ebl_ml"): "blood_loss_ml",
    ("operation", "los_days"): "stay_days", ("operation", "position"): "patient_position",
    ("katagiri", "growth"): "katagiri_growth", ("katagiri", "visceral"): "katagiri_visceral",
    ("katagiri", "ecog"): "katagiri_ecog", ("katagiri", "total"): "katagiri_score",
    ("katagiri", "total_reported"): "katagiri_score_reported", ("vital_status", "status"): "vital_status",
    ("fracture", "status"): "fracture_status", ("fracture", "side"): "fracture_side",
}  # fmt: skip
# These follow from more than their own column: see operations, risk, follow_up.
DERIVED_ELSEWHERE = {("operation", "complexity"), ("comorbidity", "aacci"), ("vital_status", "status"),
                     ("operation", "guidance"), ("operation", "pdn_sacral_count"),
                     ("operation", "ablation_done")}  # fmt: skip
# What a label leaves to the title of its form.
LABELS = {
    "katagiri_growth": "Katagiri growth group",
    "etiology": "Cause of the fracture",
    "fracture_status": "Fracture status",
    "fracture_side": "Side of the fracture",
    "levels": "Levels of the fracture",
    "patient_position": "Position of the patient",
}
# Codes that say that something is not known, or not asked: no value.
NO_ANSWER = frozenset({"", "unknown", "na", "unstated", "unspecified"})
UNIT = re.compile(r"^(?P<label>.+) \((?P<unit>[^()]+)\)$")


@dataclass(frozen=True)
class Answer:
    """One column of a form as a variable. code: of a list of several, the one that is asked."""

    variable: Variable
    form: str
    column: str
    code: str = ""

    def of(self, row: Row):
        """The row's value: a code, yes or no as a bool, a number, or None."""
        value = getattr(row, self.column)
        if self.code:
            return None if value is None else self.code in value
        return None if isinstance(value, str) and value in NO_ANSWER else value


def answers_of(key: str) -> tuple[Answer, ...]:
    """The answers of a form, in its order, and what is stored with it because it follows from it."""
    form = FORMS[key]
    stored = [field for field in form.model._meta.local_fields if is_stored(field)]
    return tuple(answer for field in [*form.fields, *stored] for answer in of_field(form, field))


def is_stored(field: models.Field) -> bool:
    """Whether a column follows from the others of its row and is kept with them."""
    return not field.editable and field.name not in ABOUT


def of_field(form: Form, field: models.Field) -> Iterator[Answer]:
    """A column's variables: none of a date or of a text, one of each code of a list of several."""
    name = NAMES.get((form.key, field.name), field.name)
    about = {"group": form.title, "where": CHART if field.editable else DERIVED}
    label = LABELS.get(name, str(field.verbose_name))
    if isinstance(field, ArrayField):
        for code, words in field.base_field.flatchoices:
            said = Variable(name=f"{name}_{code}", label=f"{label}: {words}", labels=YES_NO, **about)
            yield Answer(said, form.key, field.name, str(code))
    if (form.key, field.name) in DERIVED_ELSEWHERE:
        return
    if isinstance(field, models.BooleanField):
        yield Answer(Variable(name=name, label=label, labels=YES_NO, **about), form.key, field.name)
    elif isinstance(field, models.IntegerField | models.DecimalField):
        yield Answer(numeric(name, label, field, about), form.key, field.name)
    elif isinstance(field, models.CharField) and field.choices:
        yield Answer(Variable(name=name, label=label, labels=labels_of(field), **about), form.key, field.name)


def numeric(name: str, label: str, field: models.Field, about: Mapping) -> Variable:
    """A number; one with a list of points keeps their words."""
    found = UNIT.match(label)
    words = {"label": found["label"], "unit": found["unit"]} if found else {"label": label}
    return Variable(name=name, kind=NUMBER, labels=labels_of(field), **words, **about)


def labels_of(field: models.Field) -> dict[str, str]:
    return {str(code): str(words) for code, words in field.flatchoices if code not in NO_ANSWER}


OF_FORMS = {key: answers_of(key) for key in ONCE}
OF_A_FRACTURE = answers_of(FRACTURE)
