"""Pages of documents: asking for one, what it holds, and each file as a download that is noted."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.asking import ANALYSE
from outcomes.choices import is_synthetic
from outcomes.freezes import cite_as
from outcomes.models import Freeze
from registry.errors import Refused
from registry.models import Job
from registry.signin.again import confirm_who
from reports.document_access import readable
from reports.document_asking import FORBIDDEN, ask_document, may_make
from reports.models import Document, DocumentFile, Download

MOST_DOWNLOADS = 50


@require_http_methods(["GET", "HEAD", "POST"])
def document_make(request: HttpRequest, pk) -> HttpResponse:
    """A POST asks for the files of an analysis; those that are made already are shown at once."""
    analysis = get_object_or_404(Job.objects.visible_to(request.user).filter(kind=ANALYSE), pk=pk)
    if request.method != "POST":
        return redirect("job-detail", pk=analysis.pk)
    try:
        job = ask_document(analysis=analysis, profile=request.POST.get("profile", ""), by=request.user)
    except Refused as error:
        if error.problems[0].rule == FORBIDDEN:
            raise PermissionDenied from error
        return render(request, "reports/document_refused.html", {"problems": error.problems}, status=400)
    kept = Document.objects.filter(job=job).first()
    return redirect("document-detail", pk=kept.pk) if kept else redirect("job-detail", pk=job.pk)


@require_safe
def document_detail(request: HttpRequest, pk) -> HttpResponse:
    """What a document is made of, its files with their digests, and who took them away."""
    document = document_of(request, pk)
    may_see_downloads = may_make(document.cohort, document.site_ids, document.profile, request.user)
    taken = Download.objects.filter(file__document=document).select_related("file", "by").defer("file__content")
    context = {
        "document": document,
        "files": document.files.defer("content"),
        "cite_as": cite_as(document.freeze),
        "downloads": taken[:MOST_DOWNLOADS] if may_see_downloads else None,
        "address": request.build_absolute_uri(reverse("document-detail", args=[document.pk])),
        "synthetic": is_synthetic(document.cohort),
        "section": "cohorts",
    }
    return render(request, "reports/document.html", context)


@require_safe
def document_file(request: HttpRequest, pk, name: str) -> HttpResponse:
    """One file, to be kept; that it was taken is noted."""
    document = document_of(request, pk)
    if document.profile == Document.Profile.IDENTIFIED:
        confirm_who(request)
    file = get_object_or_404(DocumentFile.objects.filter(document=document), name=name)
    if request.method == "GET":
        Download.objects.create(file=file, by=request.user)
    answer = HttpResponse(bytes(file.content), content_type=file.media_type)
    called = f"{document.cohort.slug}-{document.plan or 'overview'}-{document.freeze.digest[:12]}-{file.name}"
    answer["Content-Disposition"] = content_disposition_header(True, called)
    answer["Cache-Control"] = "private, no-store"
    return answer


def document_of(request: HttpRequest, pk) -> Document:
    """The document, or 404 where the reader lacks what it needs at one of its sites."""
    rows = readable(request.user).select_related("cohort", "freeze", "made_by")
    return get_object_or_404(rows.defer(*(f"freeze__{name}" for name in Freeze.TABLES)), pk=pk)
