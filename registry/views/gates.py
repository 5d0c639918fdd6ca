"""Who may open which page of the record: another site's row is 404, a right that is missing is 403."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from registry.access import Permission, may
from registry.closed import above
from registry.models import FollowUpVisit, Patient, Procedure

PATHS = {Patient: "", Procedure: "patient__", FollowUpVisit: "procedure__patient__"}


def visible_or_404(request: HttpRequest, model, pk, *, valid: bool = True):
    """A patient, procedure or visit that the person may see, with its patient, site and study."""
    path = PATHS[model]
    rows = model.objects.visible_to(request.user).select_related(f"{path}site", f"{path}study__schedule")
    found = get_object_or_404(rows.valid() if valid else rows, pk=pk)
    if valid and any(each.error_marked_at for each in above(found)):
        raise Http404
    return found


def patient_of(row: Patient | Procedure | FollowUpVisit) -> Patient:
    return (row, *above(row))[-1]


def may_record(request: HttpRequest, patient: Patient) -> bool:
    return may(request.user, Permission.RECORD, patient.site)


def recordable(request: HttpRequest, patient: Patient) -> None:
    """403 for who may see a patient and not record."""
    if not may_record(request, patient):
        raise PermissionDenied


def typed(request: HttpRequest):
    """What was sent, be it nothing; None where the form was only asked for."""
    return request.POST if request.method == "POST" else None
