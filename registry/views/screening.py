"""The screening log of a study: who was looked at, who of the eligible was entered, and who was not."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from registry.access import Permission, sites_for
from registry.actions.screening import mark_case_as_error
from registry.chart_forms import ReasonForm
from registry.chart_forms.screening import CaseForm, patients_of, unlisted
from registry.errors import Refused, StaleSave
from registry.models import ScreenedCase, Site, Study
from registry.rules.presets import PERIODS
from registry.screening import coverage, criteria_of
from registry.views.gates import typed

PER_PAGE = 100
CASE = "registry/screening_case.html"


def study_of(request: HttpRequest, slug: str) -> Study:
    return get_object_or_404(Study.objects.visible_to(request.user).select_related("schedule"), slug=slug)


def recording_sites(request: HttpRequest, study: Study):
    """The sites of a study at which the person may record; 403 without any."""
    sites = Site.objects.filter(enrolments__study=study, pk__in=sites_for(request.user, Permission.RECORD))
    if not sites:
        raise PermissionDenied
    return sites


@require_safe
def screening_log(request: HttpRequest, slug: str) -> HttpResponse:
    """The log by year and site, with its coverage; excluded cases stay in it."""
    study = study_of(request, slug)
    cases = ScreenedCase.objects.valid().visible_to(request.user).filter(study=study)
    cases = cases.select_related("site", "patient").order_by("-treated_on", "site__code", "log_number")
    lines = coverage(cases)
    decision = request.GET.get("decision", "")
    if decision in ScreenedCase.Decision.values:
        cases = cases.filter(decision=decision)
    elif decision == "gap":
        cases = cases.filter(decision=ScreenedCase.Decision.ELIGIBLE, patient=None)
    shown = {
        "study": study, "lines": lines, "page": Paginator(cases, PER_PAGE).get_page(request.GET.get("page")),
        "decision": decision, "decisions": ScreenedCase.Decision.choices, "criteria": criteria_of(study),
        "period": PERIODS.get(study.schedule.slug), "section": "patients", "synthetic": study.synthetic,
        "may_record": study.sites.filter(pk__in=sites_for(request.user, Permission.RECORD)).exists(),
    }  # fmt: skip
    return render(request, "registry/screening_log.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def screening_create(request: HttpRequest, slug: str) -> HttpResponse:
    """Another case of the log."""
    study = study_of(request, slug)
    sites = recording_sites(request, study)
    patients = unlisted(patients_of(study, request.user), None)
    form = CaseForm(typed(request), study=study, sites=sites, patients=patients)
    return saved_or_shown(request, form, study, None)


@require_http_methods(["GET", "HEAD", "POST"])
def screening_case(request: HttpRequest, pk) -> HttpResponse:
    """One case, to be completed, linked to its patient, or corrected."""
    cases = ScreenedCase.objects.valid().visible_to(request.user).select_related("study__schedule", "site")
    case = get_object_or_404(cases, pk=pk)
    if not recording_sites(request, case.study).filter(pk=case.site_id).exists():
        raise PermissionDenied
    patients = unlisted(patients_of(case.study, request.user).filter(site=case.site), case)
    form = CaseForm(
        typed(request), study=case.study, sites=Site.objects.filter(pk=case.site_id), patients=patients, case=case
    )
    return saved_or_shown(request, form, case.study, case)


def saved_or_shown(request: HttpRequest, form: CaseForm, study: Study, case: ScreenedCase | None) -> HttpResponse:
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            saved = form.record(by=request.user)
            if saved is not None:
                messages.success(request, f"The case is in the log: {saved.get_decision_display().lower()}.")
                again = "again" in request.POST
                return redirect("screening-create" if again else "screening-log", study.slug)
        except StaleSave as error:
            form.add_error(None, str(error))
            status = 409
    status = 400 if form.errors and status == 200 else status
    shown = {"form": form, "study": study, "case": case, "section": "patients", "synthetic": study.synthetic}
    return render(request, CASE, shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def screening_error(request: HttpRequest, pk) -> HttpResponse:
    """A case that should never have been in the log."""
    case = get_object_or_404(
        ScreenedCase.objects.valid().visible_to(request.user).select_related("study", "site"), pk=pk
    )
    if not recording_sites(request, case.study).filter(pk=case.site_id).exists():
        raise PermissionDenied
    form, status = ReasonForm(typed(request), initial={"version": case.version}), 200
    if request.method == "POST" and form.is_valid():
        try:
            mark_case_as_error(case, **form.cleaned_data, by=request.user, moment=timezone.now())
        except Refused as refused:
            form.say(refused.problems)
        except StaleSave as error:
            form.add_error(None, str(error))
            status = 409
        else:
            messages.success(request, "The case is marked as entered in error.")
            return redirect("screening-log", case.study.slug)
    status = 400 if form.errors and status == 200 else status
    shown = {"form": form, "study": case.study, "case": case, "section": "patients"}
    return render(request, "registry/screening_error.html", shown, status=status)
