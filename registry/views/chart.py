"""The forms of the chart: fill one, correct one, see what follows while typing."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from registry.actions.drafts import draft_of, drop_draft
from registry.chart import FORMS, Form, forms_of, is_complete
from registry.chart_forms import ChartForm
from registry.chart_forms.sides import settled, sides_of
from registry.chart_live import live_values
from registry.chart_words import FormState, Parent, in_words, reason_in_words
from registry.closed import why_closed
from registry.errors import StaleSave
from registry.forms.scores import LETTERS
from registry.forms.sides import last_change
from registry.models import ChartRow, FollowUpVisit, Patient, Procedure
from registry.views.gates import may_record, patient_of, recordable, typed, visible_or_404

PAGE, LIVE = "registry/chart_form.html", "registry/_live.html"
REMEMBERED = "chart_source"
# What stays the same from one form to the next of the same chart.
KEPT_SOURCE = ("collection_method", "source_document", "certainty")


def place_of(request: HttpRequest, pk: UUID, key: str) -> tuple[Form, Parent]:
    """The form and the parent that an address names: `of` is the procedure or visit; the index procedure without."""
    if key not in FORMS:
        raise Http404
    form, patient = FORMS[key], visible_or_404(request, Patient, pk)
    if form.parent == "patient":
        return form, patient
    model = Procedure if form.parent == "procedure" else FollowUpVisit
    parent = visible_or_404(request, model, asked_parent(request, patient, form))
    if patient_of(parent).pk != patient.pk:
        raise Http404
    return form, parent


def asked_parent(request: HttpRequest, patient: Patient, form: Form) -> UUID:
    """The id in ?of=, else that of the index procedure."""
    given = request.GET.get("of", "")
    if not given and form.parent == "procedure":
        index = patient.procedures.filter(error_marked_at=None).order_by("-is_index", "performed_on").first()
        if index is None:
            raise Http404
        return index.pk
    try:
        return UUID(given)
    except ValueError as error:
        raise BadRequest("The address names no visit or procedure.") from error


def address_of(form: Form, parent: Parent, name: str = "chart-form") -> str:
    """The page of a form at its parent."""
    path = reverse(name, args=[patient_of(parent).pk, form.key])
    return path if form.parent == "patient" else f"{path}?of={parent.pk}"


@require_http_methods(["GET", "HEAD", "POST"])
def chart_form(request: HttpRequest, pk, key: str) -> HttpResponse:
    """A form that is filled once, or the rows of one that repeats with a new one to add."""
    form, parent = place_of(request, pk, key)
    rows = list(rows_of(form, parent).valid())
    if rows and not form.repeats and request.method != "POST":
        return redirect("chart-row", key, rows[0].pk)
    return page(request, form, parent, None, rows)


@require_http_methods(["GET", "HEAD", "POST"])
def chart_row(request: HttpRequest, key: str, pk) -> HttpResponse:
    """One filled form, to be read or corrected."""
    row, parent = row_of(request, key, pk)
    return page(request, FORMS[key], parent, row, list(rows_of(FORMS[key], parent).valid()))


def row_of(request: HttpRequest, key: str, pk, *, valid: bool = True) -> tuple[ChartRow, Parent]:
    """A row that the person may see, and the parent it hangs on."""
    if key not in FORMS:
        raise Http404
    rows = FORMS[key].model.objects.visible_to(request.user).filter(**FORMS[key].fixed)
    row = get_object_or_404(rows.valid() if valid else rows, pk=pk)
    model = {"patient": Patient, "procedure": Procedure, "visit": FollowUpVisit}[row.PARENT]
    parent = visible_or_404(request, model, getattr(row, f"{row.PARENT}_id"))
    setattr(row, row.PARENT, parent)
    return row, parent


def rows_of(form: Form, parent: Parent):
    return form.model.objects.filter(**{form.parent: parent}, **form.fixed).order_by("recorded_at", "id")


def page(request: HttpRequest, form: Form, parent: Parent, row: ChartRow | None, rows: list) -> HttpResponse:
    """Show a form, or save what was typed into it."""
    patient = patient_of(parent)
    if request.method == "POST":
        recordable(request, patient)
    draft = draft_of(**draft_place(form, parent, row), by=request.user) if request.method != "POST" else None
    chart = ChartForm(sent(request, form, row), form=form, parent=parent, row=row, initial=start(request, row, draft))
    shown = context(form, parent, row, rows) | {
        "chart": chart, "may_record": may_record(request, patient) and why_closed(parent) is None, "draft": draft,
        "restored": draft is not None and "restore" in request.GET,
    }  # fmt: skip
    if request.method == "POST" and chart.is_valid():
        try:
            saved = chart.record(by=request.user)
        except StaleSave as error:
            return stale(request, chart, row, shown, error)
        if saved is not None:
            return after(request, form, parent, chart, saved)
    shown["live"] = live_values(form, chart.unsaved())
    return render(request, PAGE, shown, status=400 if chart.errors else 200)


def sent(request: HttpRequest, form: Form, row: ChartRow | None):
    """What was typed, settled between two people where they chose; None where the page was only asked for."""
    return settled(request.POST, row, form) if request.method == "POST" else None


def start(request: HttpRequest, row: ChartRow | None, draft) -> dict:
    """What a page starts from beside its row: the source as the last time, and a draft that was asked back."""
    remembered = {"abstractor": request.user.pk, **request.session.get(REMEMBERED, {})} if row is None else {}
    return remembered | (ChartForm.from_draft(draft.content) if draft and "restore" in request.GET else {})


def draft_place(form: Form, parent: Parent, row: ChartRow | None) -> dict:
    """The form and the row of a draft."""
    return {"form": form.key, "target": (row or parent).pk}


def context(form: Form, parent: Parent, row: ChartRow | None, rows: list) -> dict:
    patient = patient_of(parent)
    return {
        "form": form, "parent": parent, "row": row, "patient": patient, "section": "patients",
        "synthetic": patient.study.synthetic, "procedure": procedure_of(parent),
        "visit": parent if isinstance(parent, FollowUpVisit) else None, "state": FormState(form, parent, rows),
        "errors": rows_of(form, parent).exclude(error_marked_at=None), "here": address_of(form, parent),
        "unavailable_page": address_of(form, parent, "chart-unavailable"),
        "derived_page": f"{address_of(form, parent, 'chart-derived')}", "facts": facts(form, row),
        "complete": row is not None and is_complete(form, row), "next": next_form(form, parent), "letters": LETTERS,
        "closed": why_closed(parent), "draft_place": draft_place(form, parent, row),
    }  # fmt: skip


def procedure_of(parent: Parent) -> Procedure | None:
    if isinstance(parent, Patient):
        return None
    return parent.procedure if isinstance(parent, FollowUpVisit) else parent


def facts(form: Form, row: ChartRow | None) -> list[tuple[str, str, str]]:
    """(label, value, reason) of a row, for who reads it without a right to change it."""
    if row is None:
        return []
    return [
        (column.verbose_name, in_words(row, column), reason_in_words(row, column.name))
        for column in form.fields
        if form.is_shown(column.name, row)
    ]


def next_form(form: Form, parent: Parent) -> tuple[str, str] | None:
    """(title, address) of the form after this one: those of the patient and the procedure are one chain."""
    if form.parent == "visit":
        chain = list(forms_of("visit"))
    else:
        chain = [each for each in FORMS.values() if each.parent != "visit"]
    place = chain.index(form) + 1
    if place == len(chain):
        return None
    following, of = chain[place], parent
    if form.parent != "visit":
        path = reverse("chart-form", args=[patient_of(parent).pk, following.key])
        own = following.parent == "procedure" and isinstance(parent, Procedure)
        return following.title, f"{path}?of={parent.pk}" if own else path
    return following.title, address_of(following, of)


def after(request: HttpRequest, form: Form, parent: Parent, chart: ChartForm, saved: ChartRow) -> HttpResponse:
    """What was read from where is remembered for the next form; the person goes on."""
    drop_draft(**draft_place(form, parent, chart.row), by=request.user)
    request.session[REMEMBERED] = {name: chart.cleaned_data[name] for name in KEPT_SOURCE}
    said = "complete" if is_complete(form, saved) else "saved; something is still open"
    messages.success(request, f"{form.title}: {said}.")
    following = next_form(form, parent)
    if "next" in request.POST and following:
        return redirect(following[1])
    if form.repeats:
        return redirect(address_of(form, parent))
    return redirect("patient-detail", patient_of(parent).pk)


def stale(request: HttpRequest, chart: ChartForm, row: ChartRow, shown: dict, error: StaleSave) -> HttpResponse:
    """409: what was typed stays in the form, what is recorded now stands beside it; saving again is a decision."""
    now = type(row).objects.get(pk=row.pk)
    setattr(now, row.PARENT, shown["parent"])
    sides = sides_of(chart, now, chart.cleaned_data["version"])
    who, when = last_change(now)
    chart.data = chart.data.copy()
    chart.data["version"] = now.version
    extra = {
        "stale": str(error), "gone": now.error_marked_at is not None, "sides": sides, "saved_at": when,
        "saved_by": "you" if who == request.user.username else who, "live": live_values(shown["form"], chart.unsaved()),
    }  # fmt: skip
    return render(request, PAGE, shown | extra, status=409)


@require_http_methods(["GET", "HEAD", "POST"])
def chart_derived(request: HttpRequest, pk, key: str) -> HttpResponse:
    """What follows from what is typed so far; nothing is saved."""
    form, parent = place_of(request, pk, key)
    recordable(request, patient_of(parent))
    row = None
    if request.GET.get("row"):
        row, _ = row_of(request, key, identifier(request.GET["row"]))
    chart = ChartForm(typed(request), form=form, parent=parent, row=row)
    return render(request, LIVE, {"live": live_values(form, chart.unsaved())})


def identifier(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError as error:
        raise BadRequest("The address names no row.") from error
