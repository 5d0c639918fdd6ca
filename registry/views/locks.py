"""Locking a patient's record or a study, and unlocking it."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from registry.access import Permission, may
from registry.actions import locking as actions
from registry.errors import Refused, StaleSave
from registry.history import events_of, told
from registry.models import Patient, Study
from registry.signin.again import confirm_who

PAGE = "registry/lock.html"


class LockForm(forms.Form):
    """Why; asked for where a record is unlocked."""

    reason = forms.CharField(max_length=300, required=False, help_text="It is kept in the history, with your name.")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)
    do = forms.ChoiceField(choices=[("lock", "lock"), ("unlock", "unlock")], widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def patient_lock(request: HttpRequest, pk) -> HttpResponse:
    """Lock one patient's record, or unlock it."""
    patients = Patient.objects.visible_to(request.user).select_related("study", "site", "locked_by", "study__locked_by")
    patient = get_object_or_404(patients, pk=pk)
    if not may(request.user, Permission.LOCK, patient.site):
        raise PermissionDenied

    def act(do: str, **said):
        change = actions.lock_patient if do == "lock" else actions.unlock_patient
        change(patient=patient, version=said["version"] or patient.version, reason=said["reason"], by=request.user)

    shown = {"row": patient, "patient": patient, "name": patient.study_number, "section": "patients",
             "what": "the record of this patient", "synthetic": patient.study.synthetic,
             "back": reverse("patient-detail", args=[pk])}  # fmt: skip
    return answer(request, act, shown)


@require_http_methods(["GET", "HEAD", "POST"])
def study_lock(request: HttpRequest, slug: str) -> HttpResponse:
    """Lock a study at all its sites, or unlock it: for who may lock at every one of them."""
    study = get_object_or_404(Study.objects.visible_to(request.user).select_related("locked_by"), slug=slug)
    if not all(may(request.user, Permission.LOCK, site) for site in study.sites.all()):
        raise PermissionDenied

    def act(do: str, **said):
        change = actions.lock_study if do == "lock" else actions.unlock_study
        change(study=study, reason=said["reason"], by=request.user)

    shown = {"row": study, "name": study.name, "what": "the records of all patients of this study",
             "section": "patients", "synthetic": study.synthetic,
             "back": f"{reverse('patient-list')}?study={study.slug}"}  # fmt: skip
    return answer(request, act, shown)


def answer(request: HttpRequest, act, shown: dict) -> HttpResponse:
    """The page, or what became of the pressed button."""
    row = shown["row"]
    start = {"do": "unlock" if row.locked_at else "lock", "version": getattr(row, "version", None)}
    form = LockForm(request.POST if request.method == "POST" else None, initial=start)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["do"] == "unlock":
                confirm_who(request)
            act(**form.cleaned_data)
            messages.success(request, "Locked." if form.cleaned_data["do"] == "lock" else "Unlocked.")
            return redirect(request.path)
        except Refused as error:
            for problem in error.problems:
                form.add_error(problem.field or None, f"{problem.message} [{problem.rule}]")
        except StaleSave as error:
            row.refresh_from_db()
            status = 409
            form = LockForm(
                initial={"do": "unlock" if row.locked_at else "lock", "version": getattr(row, "version", 1)}
            )
            messages.error(request, str(error))
    status = 400 if form.errors else status
    return render(request, PAGE, shown | {"form": form, "steps": lock_steps(row)}, status=status)


def lock_steps(row: Patient | Study) -> list[tuple]:
    """(when, who, why, locked or unlocked) of each time the lock was turned, the latest first."""
    events = list(events_of(type(row)).filter(pgh_obj_id=row.pk))
    steps, before = [], None
    for event, (who, _, reason) in zip(events, told(events), strict=True):
        if (event.locked_at is None) != (before is None):
            steps.append((event.pgh_created_at, who, reason, event.locked_at is not None))
        before = event.locked_at
    return steps[::-1]
