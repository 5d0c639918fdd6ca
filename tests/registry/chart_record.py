"""A row of each form of the chart and of each table of the desk."""

from datetime import UTC, date, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.chart import FORMS
from registry.models import (
    ColumnMapping,
    Draft,
    ImportBatch,
    ImportedCell,
    PreviewPage,
    Query,
    QueryStep,
    ReabstractionSample,
    Reading,
    Resolution,
    ScreenedCase,
    Verification,
)
from registry.models.chart import answers_of, precision_of

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
MODELS = {form.model for form in FORMS.values() if not form.fixed}


def a_value(field: models.Field):
    """Some value that the field takes."""
    if isinstance(field, ArrayField):
        return [field.base_field.flatchoices[0][0]]
    if field.choices:
        return field.flatchoices[0][0]
    if isinstance(field, models.BooleanField):
        return True
    return "words" if isinstance(field, models.CharField) else field.validators[0].limit_value


def chart_rows(patient, procedure, visit, by) -> list:
    """A row of each form, its first question answered; events are built elsewhere."""
    parents = {"patient": patient, "procedure": procedure, "visit": visit}
    return [
        model.objects.create(
            site=patient.site, recorded_by=by, **{model.PARENT: parents[model.PARENT]}, **first_answer(model)
        )
        for model in sorted(MODELS, key=lambda model: model.__name__)
    ]


def first_answer(model) -> dict:
    field = answers_of(model)[0]
    if isinstance(field, models.DateField):
        return {field.name: date(2024, 4, 1), precision_of(field.name): "day"}
    return {field.name: a_value(field)}


def desk_rows(study, patient, visit, by) -> list:
    """A row of each table of the desk."""
    site, at = patient.site, {"site": patient.site, "patient": patient}
    place = {"form": "visit", "row_id": visit.pk, "field": "pain"}
    sample = ReabstractionSample.objects.create(
        site=site, study=study, seed=1, share=5, drawn_from=20, reader=by, drawn_by=by
    )
    query = Query.objects.create(**at, **place, rule="P2", text="Why?", opened_by=by, opened_at=NOW)
    reading = Reading.objects.create(**at, sample=sample, visit=visit, reader=by, submitted_at=NOW)
    batch = ImportBatch.objects.create(
        site=site, study=study, file_name="file.csv", sha256="0" * 64, content=b"", uploaded_by=by
    )
    return [
        sample, query, reading, batch,
        ScreenedCase.objects.create(**at, study=study, log_number="1", recorded_by=by),
        Draft.objects.create(user=by, site=site, form="visit", target=visit.pk),
        QueryStep.objects.create(site=site, query=query, action="opened", by=by, at=NOW),
        Verification.objects.create(**at, **place, verified_by=by, verified_at=NOW),
        Resolution.objects.create(site=site, reading=reading, field="pain", taken="first", reason="read again", by=by),
        ImportedCell.objects.create(**at, batch=batch, **place, place="row 2"),
        PreviewPage.objects.create(site=site, batch=batch, kind="new", number=1, lines=[]),
        ColumnMapping.objects.create(site=site, study=study, signature="0" * 64),
    ]  # fmt: skip
