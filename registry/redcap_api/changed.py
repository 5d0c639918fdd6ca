"""Whose record was created or changed in a span of time, by the history that the database keeps of every table."""

from datetime import datetime
from uuid import UUID

from registry.chart import FORMS
from registry.models import CovariateValue, FollowUpVisit, Patient, Procedure, Score

TABLES = (Patient, CovariateValue, Procedure, FollowUpVisit, Score, *{form.model: None for form in FORMS.values()})


def changed_between(begins: datetime | None, ends: datetime | None, study) -> set[UUID]:
    """Ids of the study's patients of whom a row was written in the span; its ends belong to it."""
    span = {}
    if begins is not None:
        span["pgh_created_at__gte"] = begins
    if ends is not None:
        span["pgh_created_at__lte"] = ends
    found = [ids_in(model, span, study) for model in TABLES]
    return set(found[0].union(*found[1:]))


def ids_in(model, span: dict, study):
    """The patients of a table's history rows."""
    history = model._meta.get_field("history").related_model
    rows = history.objects.filter(**span)
    if model is Patient:
        return rows.filter(study=study).values_list("pgh_obj_id", flat=True)
    path = model.PATIENT_PATH
    return rows.filter(**{f"{path}__study": study}).values_list(f"{path}_id", flat=True)
