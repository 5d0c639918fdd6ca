"""Recording a visit, correcting one, and hearing the rules while it is typed."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from registry.actions.drafts import draft_of, drop_draft
from registry.errors import StaleSave
from registry.forms import VisitForm
from registry.forms.hints import hints_of
from registry.forms.provenance import source_last_time
from registry.forms.scores import LETTERS, VISIT_LETTERS
from registry.forms.sides import last_change, settled, sides_of
from registry.forms.visit_start import BY_DATE, UNSCHEDULED
from registry.models import FollowUpVisit, Procedure
from registry.next_visit import next_visit
from registry.suggested_date import suggested_date
from registry.views.gates import recordable, visible_or_404

FORM, HINTS = "registry/visit_form.html", "registry/_visit_hints.html"


def recordable_procedure(request: HttpRequest, pk) -> Procedure:
    """A procedure that the person may record visits of: 404 where she may not see it, 403 where she may only see it."""
    procedure = visible_or_404(request, Procedure, pk)
    recordable(request, procedure.patient)
    return procedure


def recordable_visit(request: HttpRequest, pk) -> FollowUpVisit:
    """A recorded visit that the person may correct."""
    visit = visible_or_404(request, FollowUpVisit, pk)
    recordable(request, visit.procedure.patient)
    return visit


@require_http_methods(["GET", "HEAD", "POST"])
def visit_create(request: HttpRequest, procedure_id) -> HttpResponse:
    """One new visit; a double click makes one."""
    procedure = recordable_procedure(request, procedure_id)
    initial = source_last_time(request.user, procedure.patient.site) | {
        "timepoint": timepoint_asked(request, procedure)
    }
    form, draft = with_draft(request, procedure, initial)
    if request.method == "POST" and form.is_valid() and (visit := form.record(by=request.user)):
        return saved(request, form, visit, "The visit is recorded.")
    return page(request, form, draft)


@require_http_methods(["GET", "HEAD", "POST"])
def visit_correct(request: HttpRequest, pk) -> HttpResponse:
    """A recorded visit, to be completed or corrected; a stale save is refused and what was typed stays."""
    visit = recordable_visit(request, pk)
    form, draft = with_draft(request, visit.procedure, {}, visit=visit)
    if request.method == "POST" and form.is_valid():
        try:
            if form.record(by=request.user):
                return saved(request, form, visit, "The correction is recorded.")
        except StaleSave as error:
            return stale(request, form, visit, error)
    return page(request, form, draft)


@require_http_methods(["GET", "HEAD", "POST"])
def visit_check(request: HttpRequest, procedure_id) -> HttpResponse:
    """What the rules say of a new visit that is being typed; nothing is saved, and nothing typed is in the address."""
    form = VisitForm(request.POST, procedure=recordable_procedure(request, procedure_id))
    return render(request, HINTS, {"form": form, "hints": hints_of(form)})


@require_http_methods(["GET", "HEAD", "POST"])
def visit_correct_check(request: HttpRequest, pk) -> HttpResponse:
    """The same of a recorded visit that is being changed."""
    visit = recordable_visit(request, pk)
    form = VisitForm(request.POST, procedure=visit.procedure, visit=visit)
    return render(request, HINTS, {"form": form, "hints": hints_of(form)})


def timepoint_asked(request: HttpRequest, procedure: Procedure) -> str:
    """The visit that the address names; without one, the visit that is due next, else an unscheduled one."""
    timepoints = list(procedure.patient.study.schedule.timepoints.all())
    asked = request.GET.get("timepoint")
    if asked is None:
        due = next_visit(procedure, timepoints)
        return due.code if due else UNSCHEDULED
    if asked not in (BY_DATE, UNSCHEDULED, *(timepoint.code for timepoint in timepoints)):
        raise BadRequest("The study has no such timepoint.")
    return asked


def draft_place(request: HttpRequest, procedure: Procedure, visit: FollowUpVisit | None) -> dict:
    """The form and the row of a draft: each planned visit of a procedure has its own."""
    if visit is not None:
        return {"form": "visit", "target": visit.pk}
    planned = procedure.patient.study.schedule.timepoints.filter(code=request.GET.get("timepoint", "")).first()
    return {"form": f"visit@{planned.pk}" if planned else "visit", "target": procedure.pk}


def with_draft(request: HttpRequest, procedure: Procedure, initial: dict, visit: FollowUpVisit | None = None):
    """The form, and the draft that waits for it: offered, or in its place again where that was asked for."""
    if request.method == "POST":
        return VisitForm(settled(request.POST, visit), procedure=procedure, visit=visit), None
    draft = draft_of(**draft_place(request, procedure, visit), by=request.user)
    if draft and "restore" in request.GET:
        initial = initial | draft.content
    return VisitForm(procedure=procedure, visit=visit, initial=initial), draft


def saved(request: HttpRequest, form: VisitForm, visit: FollowUpVisit, said: str) -> HttpResponse:
    """The draft is done with; on to the patient, or straight to the next visit that is due."""
    drop_draft(**draft_place(request, form.procedure, form.visit), by=request.user)
    following = next_visit(form.procedure, form.timepoints) if request.POST.get("then") == "next" else None
    if following is None:
        messages.success(request, said)
        return redirect("patient-detail", pk=form.procedure.patient_id)
    messages.success(request, f"{said} Next: {following.label}.")
    address = reverse("visit-create", args=[form.procedure.pk])
    return redirect(f"{address}?{urlencode({'timepoint': following.code})}")


def asked_date(request: HttpRequest) -> date | None:
    """The date that the address suggests, as the worklist's links may."""
    text = request.GET.get("on")
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest("A suggested date is written as 2021-06-14.") from error


def context(request: HttpRequest, form: VisitForm, draft) -> dict:
    procedure, patient = form.procedure, form.procedure.patient
    chosen = form.chosen()
    return {
        "form": form, "section": "patients", "procedure": procedure, "patient": patient,
        "synthetic": patient.study.synthetic, "letters": LETTERS, "visit_letters": VISIT_LETTERS,
        "suggested": suggested_date(procedure, chosen, asked=asked_date(request), by=request.user),
        "following": next_visit(procedure, form.timepoints, besides=chosen),
        "draft": draft, "restored": draft is not None and "restore" in request.GET,
        "draft_place": draft_place(request, procedure, form.visit),
    }  # fmt: skip


def page(request: HttpRequest, form: VisitForm, draft) -> HttpResponse:
    return render(request, FORM, context(request, form, draft), status=400 if form.errors else 200)


def stale(request: HttpRequest, form: VisitForm, visit: FollowUpVisit, error: StaleSave) -> HttpResponse:
    """409: what was typed stays in the form, what is recorded now stands beside it; saving again is a decision."""
    visit.refresh_from_db()
    sides = sides_of(form, visit, form.cleaned_data["version"])
    form.data = form.data.copy()
    form.data["version"] = visit.version
    who, when = last_change(visit)
    other = {"saved_by": "you" if who == request.user.username else who, "saved_at": when}
    extra = {"stale": str(error), "sides": sides, **other}
    return render(request, FORM, context(request, form, None) | extra, status=409)
