"""Pages of a place that pools: its studies, who contributed what, the pooled report and its files, one result."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.models import ContributorKey, PooledResult, Pooling, PoolingStudy
from outcomes.pooling.adding import ask_pooling, may_manage, under_way
from outcomes.pooling.receiving import import_bundle
from outcomes.pooling.studies import join, may_admit, revoke_key, spec_of, with_counts
from registry.access import Permission
from registry.errors import Refused
from reports.pooling_contributors import contributors_page
from reports.pooling_files import MAKERS, pooled_contents
from reports.pooling_forms import BundleForm, KeyForm, RevokeForm
from reports.pooling_report import PooledReport, pooled_report
from reports.pooling_result import result_page
from reports.result_mapping import mapping_of

SECTION = {"section": "pooling"}


@require_safe
def pooling_list(request: HttpRequest) -> HttpResponse:
    """The studies of places whose results the reader may read."""
    studies = with_counts(PoolingStudy.objects.visible_to(request.user).select_related("site"))
    return render(request, "reports/pooling_list.html", SECTION | {"studies": studies})


def study_of(request: HttpRequest, slug: str) -> PoolingStudy:
    """404 for another place's study."""
    return get_object_or_404(PoolingStudy.objects.visible_to(request.user).select_related("site"), slug=slug)


def managed(request: HttpRequest, study: PoolingStudy) -> None:
    if not may_manage(study, request.user):
        raise PermissionDenied


def may_send(request: HttpRequest, study: PoolingStudy) -> bool:
    return PoolingStudy.objects.visible_to(request.user, Permission.SEND_BUNDLES).filter(pk=study.pk).exists()


@require_safe
def pooling_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Who contributed what, what is missing, and what may be done about it."""
    return study_page(request, study_of(request, slug))


def study_page(request: HttpRequest, study: PoolingStudy, status: int = 200, **forms) -> HttpResponse:
    context = SECTION | {
        "study": study,
        "page": contributors_page(study),
        "running": under_way(study),
        "manages": may_manage(study, request.user),
        "admits": may_admit(study, request.user),
        "sends": may_send(request, study),
        "bundle_form": BundleForm(),
        "key_form": KeyForm(),
        "revoke_form": RevokeForm(),
    }
    return render(request, "reports/pooling_detail.html", context | forms, status=status)


def acted(
    request: HttpRequest, slug: str, form_class, name: str, may: Callable, do: Callable[[PoolingStudy, dict], str]
) -> HttpResponse:
    """Do what a form of the study's page asks for; whoever comes by with a GET is led to the page."""
    study = study_of(request, slug)
    if request.method != "POST":
        return redirect("pooling-detail", slug=slug)
    if not may(request, study):
        raise PermissionDenied
    form = form_class(request.POST, request.FILES)
    if form.is_valid():
        try:
            messages.success(request, do(study, form.cleaned_data))
        except Refused as error:
            form.refuse(error)
        else:
            return redirect("pooling-detail", slug=slug)
    return study_page(request, study, 400, **{name: form})


def admits(request: HttpRequest, study: PoolingStudy) -> bool:
    return may_admit(study, request.user)


@require_http_methods(["GET", "HEAD", "POST"])
def pooling_bundle(request: HttpRequest, slug: str) -> HttpResponse:
    """Take in a bundle that came as a file."""

    def take(study: PoolingStudy, said: dict) -> str:
        kept, is_new = import_bundle(study, said["bundle"].read(), by=request.user)
        return f"The bundle of {kept.contributor.name} {'was taken in' if is_new else 'was here already'}."

    return acted(request, slug, BundleForm, "bundle_form", may_send, take)


@require_http_methods(["GET", "HEAD", "POST"])
def pooling_key(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a key of a contributor, and the contributor where it is new."""

    def add(study: PoolingStudy, said: dict) -> str:
        key, is_new = join(study=study, **said, by=request.user)
        return f"Key {key.kid} of {key.contributor.name} {'was added' if is_new else 'was here already'}."

    return acted(request, slug, KeyForm, "key_form", admits, add)


@require_http_methods(["GET", "HEAD", "POST"])
def pooling_revoke(request: HttpRequest, slug: str) -> HttpResponse:
    """Take nothing more that a key signs."""

    def revoke(study: PoolingStudy, said: dict) -> str:
        keys = ContributorKey.objects.filter(contributor__study=study)
        key = revoke_key(key=get_object_or_404(keys, pk=said["key"]), by=request.user, reason=said["reason"])
        return f"Key {key.kid} was revoked. What it signed before stays, and is marked."

    return acted(request, slug, RevokeForm, "revoke_form", admits, revoke)


@require_http_methods(["GET", "HEAD", "POST"])
def pooling_add_up(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for the sum of what counts now."""
    study = study_of(request, slug)
    if request.method != "POST":
        return redirect("pooling-detail", slug=slug)
    managed(request, study)
    try:
        job = ask_pooling(study=study, by=request.user)
    except Refused as error:
        messages.error(request, error.problems[0].message)
        return study_page(request, study, 400)
    return redirect("job-detail", pk=job.pk)


def newest(study: PoolingStudy) -> Pooling | None:
    return study.poolings.select_related("made_by").order_by("-made_at").first()


def as_mapping(result: PooledResult, study: PoolingStudy) -> dict:
    """A pooled result as the pure side of reports takes it, with its addresses."""
    listed = reverse("api-pooled-result-list", args=[study.slug])
    return {
        "id": str(result.pk),
        **mapping_of(result),
        "exact": result.exact,
        "level": result.level,
        "inputs": result.inputs,
        "page_url": reverse("pooled-result", args=[study.slug, result.pk]),
        "api_url": f"{listed}?analysis_id={result.analysis_id}",
    }


def report_of(study: PoolingStudy, pooling: Pooling) -> tuple[PooledReport, list[dict]]:
    results = [as_mapping(each, study) for each in pooling.results.order_by("place")]
    return pooled_report(pooling.manifest, results, spec_of(study).plan), results


@require_safe
def pooled(request: HttpRequest, slug: str) -> HttpResponse:
    """The report of a study's newest sum."""
    study = study_of(request, slug)
    pooling = newest(study)
    if pooling is None:
        return redirect("pooling-detail", slug=slug)
    page, _ = report_of(study, pooling)
    context = SECTION | {
        "study": study,
        "pooling": pooling,
        "pooled": page,
        "report": page.report,
        "running": under_way(study),
        "beside_open": request.GET.get("beside") == "1",
        "file_names": list(MAKERS),
    }
    return render(request, "reports/pooling_report.html", context)


@require_safe
def pooled_file(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """One file of the newest sum's report."""
    study = study_of(request, slug)
    pooling = newest(study)
    if pooling is None or name not in MAKERS:
        raise Http404
    page, results = report_of(study, pooling)
    media_type, make = MAKERS[name]
    answer = HttpResponse(make(pooled_contents(page, results, pooling.clock)), content_type=media_type)
    called = f"{study.slug}-{pooling.digest[:12]}-{name}"
    answer["Content-Disposition"] = content_disposition_header(True, called)
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_safe
def pooled_result(request: HttpRequest, slug: str, pk) -> HttpResponse:
    """One result of a sum: every number, what went into it, and what stands beside it."""
    study = study_of(request, slug)
    rows = PooledResult.objects.filter(pooling__study=study).select_related("pooling")
    result = get_object_or_404(rows, pk=pk)
    page = result_page(study, result.pooling, as_mapping(result, study))
    return render(request, "reports/pooling_result.html", SECTION | {"study": study, "page": page, "result": result})
