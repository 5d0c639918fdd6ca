"""Enrolling a patient, correcting who it is, and what was done."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from registry.access import Permission, sites_for
from registry.chart_forms import EnrolForm, PatientForm, ProcedureForm
from registry.closed import why_closed
from registry.errors import StaleSave
from registry.models import Patient, Procedure, Site, Study
from registry.views.gates import patient_of, recordable, typed, visible_or_404

ENROL, PAGE = "registry/enrol_form.html", "registry/patient_form.html"


@require_http_methods(["GET", "HEAD", "POST"])
def patient_create(request: HttpRequest, slug: str) -> HttpResponse:
    """A patient and the index procedure on one screen; who could be the same person is shown side by side."""
    study = get_object_or_404(Study.objects.visible_to(request.user), slug=slug)
    sites = Site.objects.filter(enrolments__study=study, pk__in=sites_for(request.user, Permission.RECORD))
    if not sites:
        raise PermissionDenied
    form = EnrolForm(typed(request), study=study, sites=sites)
    if request.method == "POST" and form.is_valid():
        procedure = form.record(by=request.user)
        if procedure is not None:
            messages.success(request, "The patient is enrolled.")
            return redirect("patient-detail", pk=procedure.patient_id)
    shown = {"form": form, "study": study, "section": "patients", "synthetic": study.synthetic}
    return render(request, ENROL, shown, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def patient_correct(request: HttpRequest, pk) -> HttpResponse:
    """Number, sex and birth of a patient."""
    patient = visible_or_404(request, Patient, pk)
    recordable(request, patient)
    form = PatientForm(typed(request), patient=patient)
    return saved_or_shown(request, form, patient, title="Correct the patient", button="Save the correction")


@require_http_methods(["GET", "HEAD", "POST"])
def procedure_create(request: HttpRequest, pk) -> HttpResponse:
    """Another procedure of a patient."""
    patient = visible_or_404(request, Patient, pk)
    recordable(request, patient)
    first = not patient.procedures.filter(error_marked_at=None, is_index=True).exists()
    form = ProcedureForm(typed(request), patient=patient, initial={"is_index": first})
    return saved_or_shown(request, form, patient, title="Another procedure", button="Add the procedure")


@require_http_methods(["GET", "HEAD", "POST"])
def procedure_correct(request: HttpRequest, pk) -> HttpResponse:
    """Kind and date of a procedure; the days and windows of its visits follow."""
    procedure = visible_or_404(request, Procedure, pk)
    patient = patient_of(procedure)
    recordable(request, patient)
    form = ProcedureForm(typed(request), patient=patient, procedure=procedure)
    return saved_or_shown(
        request, form, patient, title="Correct the procedure", button="Save the correction", procedure=procedure
    )


def saved_or_shown(request: HttpRequest, form, patient: Patient, *, button: str, title: str, **extra) -> HttpResponse:
    """Save what was typed and go back to the patient, or show the form with what is wrong."""
    status, closed = 200, why_closed(patient)
    if request.method == "POST" and form.is_valid():
        try:
            if form.record(by=request.user) is not None:
                messages.success(request, "Saved.")
                return redirect("patient-detail", pk=patient.pk)
        except StaleSave as error:
            form.add_error(None, str(error))
            status = 409
    shown = {"form": form, "patient": patient, "title": title, "button": button, "closed": closed, **extra}
    status = 400 if form.errors and status == 200 else status
    return render(request, PAGE, {**shown, "section": "patients", "synthetic": patient.study.synthetic}, status=status)
