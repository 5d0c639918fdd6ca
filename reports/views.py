"""Pages of cohorts, reports and single results."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.latest import done_and_under_way, results_of
from outcomes.models import Result
from reports.document_links import report_files
from reports.frozen import about_freeze, freeze_asked, may_compute
from reports.listed import listing_for
from reports.report import build
from reports.result_mapping import mapping_of


def as_mapping(result: Result) -> dict:
    """A result as the pure side of reports takes it, with its addresses."""
    return {
        "id": str(result.pk),
        **mapping_of(result),
        "page_url": reverse("result-detail", args=[result.pk]),
        "api_url": reverse("api-result-detail", args=[result.pk]),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def cohort_report(request: HttpRequest, slug: str) -> HttpResponse:
    """The cohort's newest report over the reader's sites, or on ?freeze=; a POST asks for a new one."""
    cohort = get_object_or_404(visible_cohorts(request.user), slug=slug)
    kept = freeze_asked(request, cohort)
    may_ask = may_compute(cohort, request.user, kept)
    done, running = done_and_under_way(cohort, request.user, None, kept)
    if request.method == "POST":
        if not may_ask:
            raise PermissionDenied
        job = running or ask_analysis(cohort=cohort, plan=None, by=request.user, freeze=kept)
        return redirect("job-detail", pk=job.pk)
    results = results_of(done)
    context = {"cohort": cohort, "running": running} | about_freeze(kept)
    if not results:
        context |= {"may_ask": may_ask, "synthetic": cohort.studies.filter(synthetic=True).exists()}
        context["nothing"] = done is not None
        return render(request, "reports/no_report.html", context)
    context |= {
        "report": build(
            results[0].freeze.manifest_in_order,
            [as_mapping(result) for result in results],
            listing=listing_for(request.user, cohort, results[0].freeze),
        ),
        "refresh_url": reverse("cohort-report", args=[slug]) if may_ask and kept is None else "",
        "plans_url": reverse("plan-list", args=[slug]),
        "freeze_url": reverse("freeze-detail", args=[results[0].freeze_id]),
        "beside_open": request.GET.get("beside") == "1",
        "files": report_files(results, cohort, request.user),
    }
    return render(request, "reports/report.html", context)
