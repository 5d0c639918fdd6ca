"""Withdrawal of a patient; patients, procedures and visits that were entered in error; each with its way back."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from registry.actions.standing import mark_as_error, reinstate_patient, restore, withdraw_patient
from registry.actions.visits import mark_visit_as_error
from registry.chart_forms import ReasonForm, WithdrawForm
from registry.models import FollowUpVisit, Patient, Procedure
from registry.views.chart_standing import answer
from registry.views.gates import patient_of, recordable, typed, visible_or_404


@require_http_methods(["GET", "HEAD", "POST"])
def patient_withdraw(request: HttpRequest, pk) -> HttpResponse:
    """Withdraw a patient, or undo a withdrawal."""
    patient = visible_or_404(request, Patient, pk)
    recordable(request, patient)
    back = patient.withdrawn_on is not None
    form = (ReasonForm if back else WithdrawForm)(typed(request), initial={"version": patient.version})

    def act(cleaned):
        change = reinstate_patient if back else withdraw_patient
        change(patient=patient, **cleaned, by=request.user)

    lede = "Later freezes leave the patient out. The rows stay in the record and in its history."
    if back:
        lede = f"Withdrawn on {patient.withdrawn_on}: {patient.withdrawn_reason}"
    return small(
        request, form, act, patient, title="Undo the withdrawal" if back else "Withdraw the patient", lede=lede,
        button="Undo the withdrawal" if back else "Withdraw the patient", danger=not back,
        said="The patient takes part again." if back else "The patient is withdrawn.",
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def patient_error(request: HttpRequest, pk) -> HttpResponse:
    """A patient who should never have been entered."""
    return error_of(request, Patient, pk, "patient")


@require_http_methods(["GET", "HEAD", "POST"])
def procedure_error(request: HttpRequest, pk) -> HttpResponse:
    """A procedure that should never have been entered."""
    return error_of(request, Procedure, pk, "procedure")


@require_http_methods(["GET", "HEAD", "POST"])
def visit_error(request: HttpRequest, pk) -> HttpResponse:
    """A visit that should never have been entered."""
    return error_of(request, FollowUpVisit, pk, "visit")


def error_of(request: HttpRequest, model, pk, what: str) -> HttpResponse:
    """Mark a row as entered in error, or take the mark back."""
    row = visible_or_404(request, model, pk, valid=False)
    patient = patient_of(row)
    recordable(request, patient)
    undo = row.error_marked_at is not None
    form = ReasonForm(typed(request), initial={"version": row.version})

    def act(cleaned):
        if undo:
            restore(row, **cleaned, by=request.user)
        elif model is FollowUpVisit:
            mark_visit_as_error(row, **cleaned, by=request.user)
        else:
            mark_as_error(row, **cleaned, by=request.user)

    lede = f"The {what} and all that hangs on it count no more. They stay in the record and in its history."
    if undo:
        lede = f"The {what} was marked as entered in error: {row.error_reason}"
    to = reverse("patient-list") if model is Patient and not undo else reverse("patient-detail", args=[patient.pk])
    return small(
        request, form, act, patient, to=to, title=f"Restore the {what}" if undo else f"The {what} was entered in error",
        lede=lede, button=f"Restore the {what}" if undo else "Mark as entered in error", danger=not undo,
        said=f"The {what} counts again." if undo else f"The {what} is marked as entered in error.",
    )  # fmt: skip


def small(request: HttpRequest, form, act, patient: Patient, *, to: str = "", **shown) -> HttpResponse:
    """The page of a small form about a patient."""
    to = to or reverse("patient-detail", args=[patient.pk])
    return answer(request, form, act, to=to, patient=patient, synthetic=patient.study.synthetic, **shown)
