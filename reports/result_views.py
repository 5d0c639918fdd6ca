"""One result: what was asked, every number, what stands beside it; and the counts that it was computed from."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from outcomes.behind import counts_behind
from outcomes.models import Freeze, Result
from outcomes.plans.errors import PlanError
from registry.access import Permission
from reports import trace
from reports.document_access import yet_to_read
from reports.layout import ResultPage
from reports.manifest import Manifest
from reports.report import build_one
from reports.views import as_mapping


@require_safe
def result_detail(request: HttpRequest, pk) -> HttpResponse:
    """One result: what was asked, every number, the freeze."""
    result = result_or_404(request.user, pk)
    context = about(result, page_of(result)) | {"freeze_url": reverse("freeze-detail", args=[result.freeze_id])}
    if may_see_counts(request.user, result):
        context["counts_url"] = reverse("result-counts", args=[result.pk])
    return render(request, "reports/result.html", context)


@require_safe
def result_counts(request: HttpRequest, pk) -> HttpResponse:
    """The integer tables that a result was computed from, counted again from its freeze."""
    result = result_or_404(request.user, pk)
    if not may_see_counts(request.user, result):
        raise PermissionDenied
    context = about(result, page_of(result)) | {"result_url": reverse("result-detail", args=[result.pk])}
    try:
        manifest = Manifest(result.freeze.manifest_in_order)
        context["tables"] = trace.counts(counts_behind(result), result.entry, manifest)
    except PlanError as error:
        context["problem"] = f"This program cannot count this question again. {error}"
    return render(request, "reports/result_counts.html", context)


def result_or_404(user, pk) -> Result:
    results = Result.objects.visible_to(user).select_related("freeze", "cohort")
    return get_object_or_404(results.defer(*(f"freeze__{name}" for name in Freeze.TABLES)), pk=pk)


def page_of(result: Result) -> ResultPage:
    """The result with what stands beside it in the same report."""
    asides = Result.objects.filter(job=result.job_id, entry__beside=result.analysis_id).order_by("place")
    return build_one(result.freeze.manifest_in_order, as_mapping(result), [as_mapping(each) for each in asides])


def about(result: Result, page: ResultPage) -> dict:
    return {"page": page, "cohort_url": reverse("cohort-report", args=[result.cohort.slug]), "section": "cohorts"}


def may_see_counts(user, result: Result) -> bool:
    """Small counts tell of single patients: they are for who may see the patients at every site, and has none of them
    yet to read a second time."""
    if yet_to_read(user, result.cohort, result.site_ids).exists():
        return False
    return Result.objects.visible_to(user, Permission.VIEW_PATIENTS).filter(pk=result.pk).exists()
