"""What stands at an address of the record: the row that keeps the value, the value in words, and what it is called."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from registry.addresses import COVARIATE, PATIENT, PROCEDURE, VISIT, Address
from registry.chart import FORMS
from registry.models import (
    Covariate,
    CovariateValue,
    FollowUpVisit,
    Instrument,
    MissingReason,
    Patient,
    Procedure,
    Score,
)
from registry.partial_dates import as_typed
from registry.rules import plain

TITLES = {VISIT: "Visit", PATIENT: "Patient", PROCEDURE: "Procedure", COVARIATE: "Attribute"}
OWN_COLUMNS = {
    VISIT: ("timepoint", "visited_on", "day", "window_reason", "missed", "missed_comment"),
    PATIENT: ("sex", "born_on", "withdrawn_on", "withdrawn_reason"),
    PROCEDURE: ("kind", "performed_on", "is_index"),
}
MODELS = {VISIT: FollowUpVisit, PATIENT: Patient, PROCEDURE: Procedure, COVARIATE: Patient}


class NoSuchPlace(Exception):
    """The address names no form, row or field of the record."""


def model_of(form: str) -> type[models.Model]:
    """The table whose ids an address of this form carries."""
    if form not in MODELS and form not in FORMS:
        raise NoSuchPlace(form)
    return MODELS.get(form) or FORMS[form].model


def title_of(form: str) -> str:
    return TITLES.get(form) or (FORMS[form].title if form in FORMS else form)


def columns_of(form: str) -> list[models.Field]:
    """The columns of a form that are values of their own row."""
    if form in FORMS:
        return FORMS[form].fields
    return [model_of(form)._meta.get_field(name) for name in OWN_COLUMNS.get(form, ())]


@dataclass(frozen=True)
class Standing:
    """What stands in one place, in words: the value, or why it is missing; neither where nothing is recorded."""

    value: str = ""
    missing: str = ""
    derived: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.value and not self.missing

    def __str__(self):
        return self.value or (f"missing: {self.missing.lower()}" if self.missing else "nothing recorded")


def reason(code: str | None) -> str:
    return str(MissingReason(code).label) if code in MissingReason.values else code or ""


def of_column(row: models.Model, column: models.Field) -> Standing:
    """A column of a row, or of a row of its history."""
    missing = getattr(row, "missing", None)
    code = missing.get(column.name) if isinstance(missing, dict) else None
    value = getattr(row, column.attname)
    if value in (None, ""):
        return Standing(missing=reason(code))
    if column.name == "missed":
        return Standing(value=reason(value))
    return Standing(value=words_of(row, column, value))


def words_of(row: models.Model, column: models.Field, value) -> str:
    """A value of a column as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(column, ArrayField):
        words = dict(column.base_field.flatchoices)
        return ", ".join(str(words.get(each, each)) for each in value) or "none of them"
    if isinstance(value, date) and isinstance(column, models.DateField):
        return as_typed(value, getattr(row, f"{column.name.removesuffix('_on')}_precision", None) or "day")
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if column.is_relation:
        return str(getattr(row, column.name))
    return plain(value) if isinstance(column, models.DecimalField) else str(value)


def of_score(score, instrument: Instrument) -> Standing:
    """A score, or a row of its history."""
    if score.value is None:
        return Standing(missing=reason(score.missing), derived=score.derived)
    value = plain(score.value)
    label = instrument.levels.get(value, "") if instrument.is_labelled else ""
    return Standing(value=f"{value}, {label}" if label else value, derived=score.derived)


def of_covariate(row) -> Standing:
    """An attribute's value, or a row of its history."""
    if row.missing is not None:
        return Standing(missing=reason(row.missing))
    return Standing(value=plain(row.number) if row.number is not None else row.text.replace("_", " "))


@dataclass(frozen=True)
class Place:
    """An address with its row, its patient and the row that keeps the value (a Score of a visit, for instance)."""

    address: Address
    row: models.Model
    patient: Patient
    label: str
    keeper: models.Model | None
    standing: Standing


def place_of(address: Address, rows: models.QuerySet | None = None, *, locked: bool = False) -> Place:
    """What stands at an address, among `rows` where only some may be seen; NoSuchPlace where nothing can stand there.

    `locked`: nobody changes the value until the transaction ends.
    """
    row = (model_of(address.form).objects if rows is None else rows).filter(pk=address.row_id).first()
    if row is None:
        raise NoSuchPlace(address.form)
    patient = patient_of(row)
    if not address.field:
        return Place(address, row, patient, title_of(address.form), row, Standing())
    if address.form == COVARIATE:
        return covariate_place(address, row, locked)
    if address.form in FORMS or address.field in OWN_COLUMNS[address.form]:
        return column_place(address, row, patient, locked)
    if address.form == VISIT:
        return score_place(address, row, patient, locked)
    raise NoSuchPlace(address.field)


def patient_of(row: models.Model) -> Patient:
    """The patient whose record a row is part of."""
    for step in type(row).PATIENT_PATH.split("__"):
        row = row if step == "pk" else getattr(row, step)
    return row


def column_place(address: Address, row, patient: Patient, locked: bool) -> Place:
    column = next((each for each in columns_of(address.form) if each.name == address.field), None)
    if column is None:
        raise NoSuchPlace(address.field)
    if locked:
        row = type(row).objects.select_for_update(of=("self",)).get(pk=row.pk)
    return Place(address, row, patient, name_of(column), row, of_column(row, column))


def name_of(column: models.Field) -> str:
    """'Visited on' of visited_on; what the model says where it says something."""
    label = str(column.verbose_name)
    return label[:1].upper() + label[1:]


def score_place(address: Address, visit: FollowUpVisit, patient: Patient, locked: bool) -> Place:
    scores = Score.objects.filter(visit=visit, instrument__key=address.field).select_related("instrument")
    score = (scores.select_for_update(of=("self",)) if locked else scores).first()
    if score is None:
        asked = patient.study.asked.filter(instrument__key=address.field).select_related("instrument").first()
        if asked is None:
            raise NoSuchPlace(address.field)
        return Place(address, visit, patient, asked.instrument.name, None, Standing())
    return Place(address, visit, patient, score.instrument.name, score, of_score(score, score.instrument))


def covariate_place(address: Address, patient: Patient, locked: bool) -> Place:
    values = CovariateValue.objects.filter(patient=patient, covariate__name=address.field).select_related("covariate")
    value = (values.select_for_update(of=("self",)) if locked else values).first()
    if value is not None:
        return Place(address, patient, patient, value.covariate.label, value, of_covariate(value))
    covariate = Covariate.objects.filter(study=patient.study_id, name=address.field).first()
    if covariate is None:
        raise NoSuchPlace(address.field)
    return Place(address, patient, patient, covariate.label, None, Standing())


def places_in(form: str, row: models.Model) -> list[Place]:
    """Every value of a row: its columns, a visit's scores in the study's order, a patient's attributes."""
    patient = patient_of(row)
    places = [
        Place(Address(form, row.pk, column.name), row, patient, name_of(column), row, of_column(row, column))
        for column in columns_of(form)
    ]
    if form == VISIT:
        places += score_places(row, patient)
    if form == PATIENT:
        places += [
            Place(Address(COVARIATE, row.pk, each.covariate.name), row, patient, each.covariate.label, each,
                  of_covariate(each))
            for each in row.covariate_values.select_related("covariate").order_by("covariate__order")
        ]  # fmt: skip
    return places


def score_places(visit: FollowUpVisit, patient: Patient) -> list[Place]:
    scores = {each.instrument_id: each for each in visit.scores.select_related("instrument")}
    asked = [link.instrument for link in patient.study.asked.select_related("instrument")]
    asked += [each.instrument for each in scores.values() if each.instrument not in asked]
    return [
        Place(Address(VISIT, visit.pk, each.key), visit, patient, each.name, scores.get(each.pk),
              of_score(scores[each.pk], each) if each.pk in scores else Standing())
        for each in asked
    ]  # fmt: skip


def labels_of(addresses: Iterable[Address]) -> dict[tuple[str, str], str]:
    """What each (form, field) is called, in one query."""
    wanted = {(address.form, address.field) for address in addresses}
    keys = {field for form, field in wanted if form == VISIT and field not in OWN_COLUMNS[VISIT]}
    names = dict(Instrument.objects.filter(key__in=keys).values_list("key", "name")) if keys else {}
    return {(form, field): names.get(field) if field in names and form == VISIT else label_of(form, field)
            for form, field in wanted}  # fmt: skip


def label_of(form: str, field: str) -> str:
    if not field or form == COVARIATE:
        return field.replace("_", " ")
    try:
        return name_of(model_of(form)._meta.get_field(field))
    except (FieldDoesNotExist, NoSuchPlace):
        return field.replace("_", " ")
