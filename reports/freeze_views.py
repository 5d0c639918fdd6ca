"""Pages of freezes: a cohort's, one of them with its reports, holding it against its digest, and two side by side."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.choices import is_synthetic
from outcomes.cohorts import visible_cohorts
from outcomes.freezes import LONGEST_NOTE, ask_freeze, cite_as, name_freeze, verify
from outcomes.latest import reported_on
from outcomes.models import Cohort, Freeze, FreezeName
from registry.errors import Refused
from reports.document_access import readable
from reports.freeze_difference import difference_page
from reports.frozen import freezes_of, may_compute, report_of
from reports.models import Document
from reports.plan_rows import plan_rows
from reports.releases.page import ReleaseForm, releases_page

PER_PAGE = 50
MOST_COMPARED = 20
MOST_DOCUMENTS = 100


class FreezeForm(forms.Form):
    """What a freeze is called, and why it is made."""

    name = forms.CharField(
        max_length=FreezeName._meta.get_field("name").max_length,
        help_text="What it is made for, for example: first submission. A cohort has each name once.",
    )
    note = forms.CharField(
        required=False, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why now, or what was settled before. No names of patients.",
    )  # fmt: skip

    def refuse(self, error: Refused) -> None:
        for problem in error.problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)


@require_http_methods(["GET", "HEAD", "POST"])
def freeze_list(request: HttpRequest, slug: str) -> HttpResponse:
    """A cohort's freezes; a POST asks for one of the record as it is now."""
    cohort = get_object_or_404(visible_cohorts(request.user), slug=slug)
    may_ask = may_compute(cohort, request.user)
    form = FreezeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may_ask:
            raise PermissionDenied
        job = kept_by(form, lambda words: ask_freeze(cohort=cohort, by=request.user, **words))
        if job is not None:
            return redirect("job-detail", pk=job.pk)
    rows = freezes_of(request.user).filter(cohort=cohort)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = about(cohort) | {"page": page, "form": form, "may_ask": may_ask}
    return render(request, "reports/freeze_list.html", context, status=400 if form.errors else 200)


def kept_by(form: FreezeForm, do):
    """What was done with the form's words; None, and the form says why, where they were refused."""
    if form.is_valid():
        try:
            return do(form.cleaned_data)
        except Refused as error:
            form.refuse(error)
    return None


def about(cohort: Cohort) -> dict:
    return {"cohort": cohort, "synthetic": is_synthetic(cohort), "section": "cohorts"}


@require_http_methods(["GET", "HEAD", "POST"])
def freeze_detail(request: HttpRequest, pk) -> HttpResponse:
    """One freeze; a POST gives it a name, or one more."""
    kept = get_object_or_404(freezes_of(request.user), pk=pk)
    form = FreezeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may_compute(kept.cohort, request.user, kept):
            raise PermissionDenied
        if kept_by(form, lambda words: name_freeze(freeze=kept, by=request.user, **words)):
            return redirect("freeze-detail", pk=kept.pk)
    return freeze_page(request, kept, form=form, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def freeze_verify(request: HttpRequest, pk) -> HttpResponse:
    """Hold the stored bytes of a freeze against its digests."""
    shown = get_object_or_404(freezes_of(request.user), pk=pk)
    if request.method != "POST":
        return redirect("freeze-detail", pk=pk)
    parts = verify(Freeze.objects.get(pk=pk))
    whole = all(part.is_whole for part in parts)
    return freeze_page(request, shown, form=FreezeForm(), parts=parts, whole=whole)


def freeze_page(
    request: HttpRequest, kept: Freeze, *, status: int = 200, release_form: ReleaseForm | None = None, **more
) -> HttpResponse:
    context = about(kept.cohort) | more | releases_page(kept, request.user, release_form)
    context |= {
        "freeze": kept,
        "names": list(kept.names.all()),
        "citations": [cite_as(kept, each.name) for each in kept.names.all()] or [cite_as(kept)],
        "flow": kept.manifest["flow"],
        "reports": reports_on(kept, request.user),
        "documents": documents_of(kept, request.user),
        "others": others_than(kept, request.user),
        "may_ask": may_compute(kept.cohort, request.user, kept),
    }
    return render(request, "reports/freeze.html", context, status=status)


def reports_on(kept: Freeze, user) -> list[dict]:
    """The overview and each plan that fits the freeze: its address there, and when it was computed, if it was."""
    done = reported_on(kept, user)
    rows = plan_rows(kept.cohort, user, kept.manifest_in_order)
    overview = {"name": "Overview", "url": report_of(kept), "done": done.get(None)}
    plans = [
        {"name": row.name, "url": report_of(kept, row.slug), "done": done.get(row.document["name"])} for row in rows
    ]
    return [overview, *plans]


def documents_of(kept: Freeze, user) -> list[Document]:
    """Its files that the user may open, the newest first, whichever version of the program made them."""
    return list(readable(user).filter(freeze=kept).select_related("made_by").defer("manifest")[:MOST_DOCUMENTS])


def others_than(kept: Freeze, user) -> list[Freeze]:
    """The freezes that this one is compared with: those with a name first, then the newest."""
    others = freezes_of(user).filter(cohort=kept.cohort).exclude(pk=kept.pk)[: 5 * MOST_COMPARED]
    return sorted(others, key=lambda other: not other.names.all())[:MOST_COMPARED]


@require_safe
def freeze_diff(request: HttpRequest, pk, other) -> HttpResponse:
    """What differs between two freezes of one cohort, the older one first."""
    rows = Freeze.objects.visible_to(request.user).select_related("cohort").prefetch_related("names")
    one = get_object_or_404(rows, pk=pk)
    two = get_object_or_404(rows.filter(cohort=one.cohort_id), pk=other)
    before, after = sorted((one, two), key=lambda each: each.made_at)
    context = about(before.cohort) | {"before": before, "after": after}
    context |= difference_page(before, after, request.user, request.GET.get("page"))
    return render(request, "reports/freeze_diff.html", context)
