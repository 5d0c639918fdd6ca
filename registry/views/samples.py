"""Second readings: samples drawn, visits read again without the first reading, disagreements settled."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from registry.access import Permission, may, sites_for
from registry.actions.reabstraction import draw_sample, resolve, submit_reading
from registry.errors import Refused, StaleSave
from registry.forms.samples import ReadingForm, ResolutionForm, SampleForm
from registry.models import ReabstractionSample, Reading
from registry.reabstraction import asked_in, disagreements, readings_of


def samples_of(request: HttpRequest):
    """The samples of sites whose patients the reader may see."""
    return ReabstractionSample.objects.visible_to(request.user).select_related("site", "study", "reader", "drawn_by")


@require_safe
def sample_list(request: HttpRequest) -> HttpResponse:
    """The samples that were drawn, and the readings that wait for the reader of the page."""
    mine = readings_of_reader(request).filter(submitted_at=None)
    may_draw = request.user.is_system or bool(list(sites_for(request.user, Permission.CHECK)))
    context = {"samples": samples_of(request), "mine": mine, "may_draw": may_draw, "section": "queries"}
    return render(request, "registry/sample_list.html", context)


def readings_of_reader(request: HttpRequest):
    """The readings that are this person's to make, at sites where the role still stands."""
    sites = sites_for(request.user, Permission.VIEW_PATIENTS)
    rows = Reading.objects.filter(reader=request.user, site__in=sites)
    return rows.select_related("sample__study", "patient", "visit__timepoint", "visit__procedure__patient__study")


@require_http_methods(["GET", "HEAD", "POST"])
def sample_new(request: HttpRequest) -> HttpResponse:
    """Draw a sample."""
    form = SampleForm(request.POST if request.method == "POST" else None, user=request.user)
    if not form.fields["site"].queryset.exists():
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        try:
            sample = draw_sample(**form.cleaned_data, by=request.user)
        except Refused as refused:
            add_problems(form, refused)
        else:
            messages.success(request, f"{sample.readings.count()} of {sample.drawn_from} visits were drawn.")
            return redirect("sample-detail", pk=sample.pk)
    status = 400 if form.errors else 200
    return render(request, "registry/sample_new.html", {"form": form, "section": "queries"}, status=status)


def add_problems(form, refused: Refused, names: dict[str, str] | None = None) -> None:
    """Each broken rule beside its field."""
    for problem in refused.problems:
        name = (names or {}).get(problem.field, problem.field)
        form.add_error(name if name in form.fields else None, f"{problem.message} [{problem.rule}]")


@require_safe
def sample_detail(request: HttpRequest, pk) -> HttpResponse:
    """How far a sample is read, and what is still to be settled."""
    sample = get_object_or_404(samples_of(request), pk=pk)
    readings = list(readings_of(sample).filter(patient__in=visible_patients(request)))
    asked = asked_in(sample)
    rows = [(each, disagreements(each, asked) if each.submitted_at else []) for each in readings]
    done = sum(1 for each in readings if each.submitted_at)
    context = {
        "sample": sample, "rows": rows, "done": done, "section": "queries",
        "hidden": sample.readings.count() - len(readings),
        "may_check": may(request.user, Permission.CHECK, sample.site),
    }  # fmt: skip
    return render(request, "registry/sample_detail.html", context)


def visible_patients(request: HttpRequest):
    """Patients whose first reading this person may see; those still to be read again are not among them."""
    return Reading.objects.visible_to(request.user).values("patient")


@require_http_methods(["GET", "HEAD", "POST"])
def reading_make(request: HttpRequest, pk) -> HttpResponse:
    """The second reader's form; nothing of the first reading is on it."""
    reading = get_object_or_404(readings_of_reader(request).filter(submitted_at=None), pk=pk)
    form = ReadingForm(request.POST if request.method == "POST" else None, reading=reading)
    if request.method == "POST" and form.is_valid():
        try:
            submit_reading(reading, values=form.scores(), version=form.cleaned_data["version"], by=request.user)
        except Refused as refused:
            add_problems(form, refused, {each.key: f"score_{each.key}" for each in form.instruments})
        except StaleSave as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The reading is handed in.")
            return redirect("sample-list")
    context = {"form": form, "reading": reading, "section": "queries"}
    return render(request, "registry/reading_form.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def reading_settle(request: HttpRequest, pk) -> HttpResponse:
    """The disagreements of one reading, settled one at a time."""
    rows = Reading.objects.visible_to(request.user).exclude(submitted_at=None).select_related(
        "site", "sample__study", "patient", "reader", "visit__timepoint", "visit__procedure__patient__study__schedule"
    )  # fmt: skip
    reading = get_object_or_404(rows, pk=pk)
    if not may(request.user, Permission.CHECK, reading.site):
        raise PermissionDenied
    found, failed = disagreements(reading, asked_in(reading.sample)), None
    if request.method == "POST":
        named = next((each for each in found if each.instrument.key == request.POST.get("field")), None)
        failed = ResolutionForm(request.POST, found=named)
        if failed.is_valid() and settled(request, reading, failed):
            return redirect("reading-settle", pk=reading.pk)
    forms = [(each, form_for(each, failed)) for each in found]
    context = {"reading": reading, "forms": forms, "failed": failed, "section": "queries"}
    return render(request, "registry/reading_settle.html", context, status=400 if failed and failed.errors else 200)


def form_for(found, failed: ResolutionForm | None) -> ResolutionForm | None:
    """What was typed for this field, or an empty form; None where it is settled."""
    if found.resolution is not None:
        return None
    if failed is not None and failed.data.get("field") == found.instrument.key:
        return failed
    key = found.instrument.key
    return ResolutionForm(found=found, initial={"field": key}, auto_id=f"id_{key}_%s")


def settled(request: HttpRequest, reading: Reading, form: ResolutionForm) -> bool:
    """Whether the disagreement could be settled; the reasons why not are added to the form."""
    try:
        resolve(reading, **form.decision(), by=request.user)
    except Refused as refused:
        add_problems(form, refused)
    except StaleSave as error:
        form.add_error(None, str(error))
    return not form.errors
