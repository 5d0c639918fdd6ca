"""Recording a visit, and correcting one."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from registry.access import Permission, may
from registry.errors import StaleSave
from registry.forms import VisitForm, starting_values
from registry.models import FollowUpVisit, Patient, Procedure

FORM = "registry/visit_form.html"


def recordable(request: HttpRequest, patient: Patient) -> None:
    """403 for who may see a patient and not record."""
    if not may(request.user, Permission.RECORD, patient.site):
        raise PermissionDenied


def typed(request: HttpRequest):
    """What was sent, be it nothing; None where the form was only asked for."""
    return request.POST if request.method == "POST" else None


@require_http_methods(["GET", "HEAD", "POST"])
def visit_create(request: HttpRequest, procedure_id) -> HttpResponse:
    """One new visit; a double click makes one."""
    procedures = (
        Procedure.objects.valid().visible_to(request.user).select_related("patient__site", "patient__study__schedule")
    )
    procedure = get_object_or_404(procedures, pk=procedure_id)
    recordable(request, procedure.patient)
    form = VisitForm(typed(request), procedure=procedure, initial={"timepoint": request.GET.get("timepoint")})
    if "timepoint" in request.GET and request.GET["timepoint"] not in dict(form.fields["timepoint"].choices):
        raise BadRequest("The study has no such timepoint.")
    if request.method == "POST" and form.is_valid() and form.record(by=request.user):
        messages.success(request, "The visit is recorded.")
        return redirect("patient-detail", pk=procedure.patient_id)
    return render(request, FORM, context(form, procedure), status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def visit_correct(request: HttpRequest, pk) -> HttpResponse:
    """A recorded visit, to be corrected with a reason; a stale save is refused and what was typed stays."""
    visits = FollowUpVisit.objects.valid().visible_to(request.user)
    visit = get_object_or_404(
        visits.select_related("procedure__patient__site", "procedure__patient__study__schedule"), pk=pk
    )
    recordable(request, visit.procedure.patient)
    form = VisitForm(typed(request), procedure=visit.procedure, visit=visit)
    if request.method == "POST" and form.is_valid():
        try:
            if form.record(by=request.user):
                messages.success(request, "The correction is recorded.")
                return redirect("patient-detail", pk=visit.procedure.patient_id)
        except StaleSave as error:
            return stale(request, form, visit, error)
    return render(request, FORM, context(form, visit.procedure), status=400 if form.errors else 200)


def context(form: VisitForm, procedure: Procedure) -> dict:
    patient = procedure.patient
    about = {"procedure": procedure, "patient": patient, "synthetic": patient.study.synthetic}
    return {"form": form, "section": "patients", **about}


def stale(request: HttpRequest, form: VisitForm, visit: FollowUpVisit, error: StaleSave) -> HttpResponse:
    """409: what was typed stays in the form, what is recorded now stands beside it; saving again is a decision."""
    visit.refresh_from_db()
    recorded = starting_values(visit)
    form.data = form.data.copy()
    form.data["version"] = visit.version
    differences = [
        (form[name].label, form.in_words(name, form.data.get(name, "")), form.in_words(name, recorded.get(name, "")))
        for name in form.fields
        if name not in ("version", "submission_key", "reason") and form.data.get(name, "") != recorded.get(name, "")
    ]
    extra = {"stale": str(error), "differences": differences}
    return render(request, FORM, context(form, visit.procedure) | extra, status=409)
