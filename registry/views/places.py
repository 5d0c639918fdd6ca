"""From an address in a URL to the row of the record that the person may see."""

from uuid import UUID

from django.db.models import Model
from django.http import Http404, HttpRequest
from django.urls import reverse

from registry.addressed import NoSuchPlace, Place, model_of, patient_of, place_of
from registry.addresses import COVARIATE, PATIENT, PROCEDURE, VISIT, Address
from registry.chart import FORMS


def visible_rows(request: HttpRequest, form: str):
    """The rows of a form that the person may see, those marked as entered in error too."""
    try:
        model = model_of(form)
    except NoSuchPlace as error:
        raise Http404 from error
    path = model.PATIENT_PATH
    related = ["study", "site"] if path == "pk" else [f"{path}__study", f"{path}__site"]
    fixed = FORMS[form].fixed if form in FORMS else {}
    return model.objects.visible_to(request.user).filter(**fixed).select_related(*related)


def row_or_404(request: HttpRequest, form: str, row_id: UUID) -> Model:
    row = visible_rows(request, form).filter(pk=row_id).first()
    if row is None:
        raise Http404
    return row


def place_or_404(request: HttpRequest, form: str, row_id: UUID, field: str = "") -> Place:
    try:
        return place_of(Address(form, row_id, field), visible_rows(request, form))
    except NoSuchPlace as error:
        raise Http404 from error


def page_of(form: str, row: Model) -> str:
    """The page on which a row is recorded and corrected."""
    if form == VISIT:
        return reverse("visit-correct", args=[row.pk])
    if form == PROCEDURE:
        return reverse("procedure-correct", args=[row.pk])
    if form in (PATIENT, COVARIATE):
        return reverse("patient-detail", args=[row.pk])
    return reverse("chart-row", args=[form, row.pk])


def about(row: Model) -> dict:
    """What every page about a row says of its patient."""
    patient = patient_of(row)
    return {"patient": patient, "synthetic": patient.study.synthetic}
