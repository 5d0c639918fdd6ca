"""Finding a patient, and all that is recorded of one."""

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from registry.access import Permission, may
from registry.chart_page import chart_page
from registry.closed import why_closed
from registry.models import CovariateValue, Patient, Study
from registry.rules import plain

PER_PAGE = 50
# What a list shows: those who count, those who left, those who should never have been entered.
STATES = {
    "": lambda patients: patients.valid(),
    "enrolled": lambda patients: patients.valid().filter(withdrawn_on=None),
    "withdrawn": lambda patients: patients.valid().exclude(withdrawn_on=None),
    "error": lambda patients: patients.exclude(error_marked_at=None),
}


@require_safe
def patient_list(request: HttpRequest) -> HttpResponse:
    """Patients by study number, searched by any part of it, of one study or all."""
    search, slug = request.GET.get("q", "").strip()[:60], request.GET.get("study", "")[:100]
    state = request.GET.get("state", "") if request.GET.get("state") in STATES else ""
    patients = STATES[state](Patient.objects).visible_to(request.user).select_related("site", "study")
    if search:
        patients = patients.filter(study_number__icontains=search)
    if slug:
        patients = patients.filter(study__slug=slug)
    visits = Count(
        "procedures__visits", filter=Q(procedures__visits__error_marked_at=None, procedures__visits__missed=None)
    )
    ordered = patients.annotate(visit_count=visits).order_by("study__slug", "site__code", "study_number")
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    studies = Study.objects.visible_to(request.user)
    context = {
        "page": page, "search": search, "slug": slug, "state": state, "studies": studies,
        "chosen": next((study for study in studies if study.slug == slug), None),
    }  # fmt: skip
    return render(request, "registry/patient_list.html", context)


@require_safe
def patient_detail(request: HttpRequest, pk) -> HttpResponse:
    """One patient: attributes, procedures, and what was found at each planned visit."""
    patients = Patient.objects.valid().visible_to(request.user).select_related("site", "study__schedule", "locked_by")
    patient = get_object_or_404(patients, pk=pk)
    closed, recorder = why_closed(patient), may(request.user, Permission.RECORD, patient.site)
    context = {
        "patient": patient,
        "synthetic": patient.study.synthetic,
        "attributes": attributes_of(patient),
        "chart": chart_page(patient),
        "closed": closed,
        "recorder": recorder,
        "may_record": recorder and closed is None,
    }
    return render(request, "registry/patient_detail.html", context)


def attributes_of(patient: Patient) -> list[tuple[str, str, bool]]:
    """(label, value in words, whether it is missing) of each covariate, in the study's order."""
    values = patient.covariate_values.select_related("covariate").order_by("covariate__order")
    return [(each.covariate.label, in_words(each), each.missing is not None) for each in values]


def in_words(value: CovariateValue) -> str:
    """'multiple myeloma' of multiple_myeloma; a number as people write it; why it is missing."""
    if value.missing is not None:
        return value.get_missing_display()
    return plain(value.number) if value.number is not None else value.text.replace("_", " ")
