"""The staged import at the screen: upload, columns, preview, commit, undo."""

import csv
import io

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from registry.access import Permission, may, sites_for
from registry.actions.imports import (
    ask_step,
    cancel_batch,
    commit_batch,
    do_now,
    map_columns,
    undo_batch,
    upload_file,
)
from registry.errors import Refused, StaleSave
from registry.forms.imports import ColumnsForm, UploadForm
from registry.imports.blind import not_while_reading
from registry.imports.inert import inert
from registry.imports.suggested import offered
from registry.imports.targets import Targets
from registry.models import ImportBatch, PreviewPage, StudySite
from registry.views.import_files import files_of

State, Kind = ImportBatch.State, PreviewPage.Kind
PER_PAGE = 50
WORKING = (State.UPLOADED, State.PREVIEWING, State.COMMITTING, State.UNDOING)
STEPS = (
    ("File", (State.UPLOADED, State.FAILED)),
    ("Columns", (State.READ,)),
    ("Preview", (State.PREVIEWING, State.PREVIEWED)),
    ("In the record", (State.COMMITTING, State.COMMITTED)),
)
ERROR_HEADER = ("where", "column", "value", "rule", "what to do")


def places_for(user) -> dict[str, str]:
    """The studies and sites that a person may import into, as choices."""
    rows = StudySite.objects.select_related("study", "site").order_by("study__slug", "site__code")
    if not user.is_system:
        rows = rows.filter(site__in=sites_for(user, Permission.IMPORT))
    return {str(row.pk): f"{row.study.name}, {row.site.name}" for row in rows}


@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """The files that were brought in, the last ones first."""
    batches = ImportBatch.objects.visible_to(request.user, Permission.IMPORT).defer("content", "dictionary", "about")
    page = Paginator(batches.select_related("study", "site", "uploaded_by"), PER_PAGE).get_page(request.GET.get("page"))
    places = places_for(request.user)
    context = {"page": page, "places": places, "files": files_of(places), "section": "imports"}
    return render(request, "registry/import_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def import_upload(request: HttpRequest) -> HttpResponse:
    """One new file."""
    places = places_for(request.user)
    if not places:
        raise PermissionDenied
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*sent, places=places, initial={"where": request.GET.get("where")})
    if request.method == "POST" and form.is_valid():
        batch = take_in(form, request.user)
        if batch is not None:
            return redirect("import-detail", pk=batch.pk)
    context = {"form": form, "section": "imports"}
    return render(request, "registry/import_upload.html", context, status=400 if form.errors else 200)


def take_in(form: UploadForm, user) -> ImportBatch | None:
    """The batch of an uploaded file; None where it is refused, and the form says why."""
    where = StudySite.objects.select_related("study", "site").get(pk=form.cleaned_data["where"])
    file, dictionary = form.cleaned_data["file"], form.cleaned_data["dictionary"]
    try:
        batch = upload_file(
            study=where.study, site=where.site, name=file.name, content=file.read(),
            dictionary=dictionary.read() if dictionary else None, options=form.options, by=user,
        )  # fmt: skip
    except Refused as error:
        for problem in error.problems:
            form.add_error("file", f"{problem.message} [{problem.rule}]")
        return None
    return do_now(batch)


def batch_of(request: HttpRequest, pk) -> ImportBatch:
    """The batch: 404 at another site, 403 for who may not import, or not now."""
    batches = ImportBatch.objects.visible_to(request.user).select_related("study", "site", "job", "uploaded_by")
    batch = get_object_or_404(batches.defer("content", "dictionary"), pk=pk)
    if not may(request.user, Permission.IMPORT, batch.site):
        raise PermissionDenied
    not_while_reading(request.user, batch.study, batch.site)
    return batch


@require_http_methods(["GET", "HEAD", "POST"])
def import_detail(request: HttpRequest, pk) -> HttpResponse:
    """One file, wherever it stands; what is done with it is posted here."""
    batch = batch_of(request, pk)
    if request.method == "POST":
        return act(request, batch)
    if batch.state in WORKING:
        return render(request, "registry/import_working.html", context_of(batch) | working(batch))
    if batch.state == State.READ or (batch.state == State.PREVIEWED and "columns" in request.GET):
        return show_columns(request, batch, columns_form(batch))
    return render(request, "registry/import_detail.html", context_of(batch) | lists_of(request, batch))


def act(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    """Do what was asked; what cannot be done is said, and nothing has changed."""
    do = ACTS.get(request.POST.get("do", ""))
    if do is None:
        raise BadRequest("Say what is to be done.")
    try:
        return do(request, batch)
    except StaleSave as error:
        messages.error(request, str(error))
        return render(request, "registry/import_moved.html", context_of(batch), status=409)
    except Refused as error:
        extra = {"refused": error.problems}
        context = context_of(batch) | lists_of(request, batch) | extra
        return render(request, "registry/import_detail.html", context, status=400)


def act_map(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    form = columns_form(batch, request.POST)
    try:
        if batch.state not in (State.READ, State.PREVIEWED):
            raise StaleSave("The columns of this file are settled already.")
        batch = map_columns(batch, mapping=form.mapping, blanks=form.blanks, by=request.user)
    except Refused as error:
        form.refuse(error.problems)
        return show_columns(request, batch, form, status=400)
    return onward(do_now(batch))


def act_leave_out(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    fields = {"mapping": batch.mapping, "blanks": batch.blanks, "leave_out_errors": True}
    return onward(do_now(map_columns(batch, by=request.user, **fields)))


def act_commit(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    said = {name: request.POST.get(name, "") for name in ("digest", "reason")}
    return onward(do_now(commit_batch(batch, **said, by=request.user)))


def act_undo(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    return onward(do_now(undo_batch(batch, by=request.user)))


def act_cancel(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    return onward(cancel_batch(batch, by=request.user))


def act_again(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    """Ask again for a step whose job was given up."""
    if batch.state not in WORKING or batch.job is None or batch.job.state != "failed":
        raise StaleSave("There is nothing to try again.")
    return onward(do_now(ask_step(batch, by=request.user)))


ACTS = {
    "map": act_map, "leave_out": act_leave_out, "commit": act_commit, "undo": act_undo, "cancel": act_cancel,
    "again": act_again,
}  # fmt: skip


def onward(batch: ImportBatch) -> HttpResponse:
    return redirect("import-detail", pk=batch.pk)


def columns_form(batch: ImportBatch, data: QueryDict | None = None) -> ColumnsForm:
    """What the columns mean: what was sent, or what the batch has, or what is offered."""
    if "columns" not in batch.about:
        raise StaleSave("The file has not been read.")
    mapping = batch.mapping or offered(batch)[0]
    return ColumnsForm(batch, Targets(batch.study, batch.site), mapping, data)


def show_columns(request: HttpRequest, batch: ImportBatch, form: ColumnsForm, status: int = 200) -> HttpResponse:
    extra = {"form": form, "remembered": not batch.mapping and offered(batch)[1], "blanks": ImportBatch.Blanks.choices}
    return render(request, "registry/import_columns.html", context_of(batch) | extra, status=status)


def context_of(batch: ImportBatch) -> dict:
    """What every page of a batch shows."""
    place = next((number for number, (_, states) in enumerate(STEPS) if batch.state in states), len(STEPS))
    steps = [(name, "done" if number < place else "now" if number == place else "") for number, (name, _) in
             enumerate(STEPS)]  # fmt: skip
    return {"batch": batch, "steps": steps, "section": "imports", "synthetic": batch.study.synthetic}


def working(batch: ImportBatch) -> dict:
    return {"job": batch.job, "progress_url": reverse("import-progress", args=[batch.pk])}


@require_safe
def import_progress(request: HttpRequest, pk) -> HttpResponse:
    """How far the work is, for the page that waits; once it is over, that page is loaded anew."""
    batch = batch_of(request, pk)
    if batch.state in WORKING and not batch.job.is_over:
        return render(request, "registry/_import_progress.html", {"batch": batch} | working(batch))
    answer = render(request, "registry/_import_progress.html", {"batch": batch} | working(batch))
    answer["HX-Redirect"] = reverse("import-detail", args=[batch.pk])
    return answer


def lists_of(request: HttpRequest, batch: ImportBatch) -> dict:
    """The lists of a preview, and the page of one of them that is looked at."""
    counts = batch.preview.get("lines", {})
    tabs = [(kind, label, counts[kind]) for kind, label in Kind.choices if counts.get(kind)]
    chosen = request.GET.get("list") or (tabs[0][0] if tabs else "")
    if chosen and chosen not in Kind.values:
        raise BadRequest("The preview has no such list.")
    page = Paginator(batch.pages.filter(kind=chosen), 1).get_page(request.GET.get("page"))
    lines = page.object_list[0].lines if page.object_list else []
    conflicts = batch.cells.exclude(conflict="").select_related("patient")[:PER_PAGE]
    return {"tabs": tabs, "chosen": chosen, "pages": page, "lines": lines, "conflicts": conflicts,
            "is_problem": chosen in (Kind.ERROR, Kind.WARNING, Kind.DUPLICATE),
            "same_file": same_file(batch)}  # fmt: skip


def same_file(batch: ImportBatch) -> ImportBatch | None:
    """An earlier batch of the very same file that is in the record."""
    mine = ImportBatch.objects.filter(site=batch.site_id, study=batch.study_id, sha256=batch.sha256)
    return mine.filter(state=State.COMMITTED).exclude(pk=batch.pk).defer("content", "dictionary").first()


@require_safe
def import_errors(request: HttpRequest, pk) -> HttpResponse:
    """The errors of a preview as a file that a spreadsheet opens without harm."""
    batch = batch_of(request, pk)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(ERROR_HEADER)
    for page in batch.pages.filter(kind=Kind.ERROR):
        writer.writerows([inert(cell) for cell in line] for line in page.lines)
    answer = HttpResponse(f"\ufeff{text.getvalue()}", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="errors.csv"'
    return answer
