"""Pages of a cohort's plans: the list, one plan, making and editing one, running it, its report."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.asking import ask_analysis
from outcomes.choices import choices, is_synthetic
from outcomes.cohorts import visible_cohorts
from outcomes.latest import done_and_under_way, in_progress, results_of
from outcomes.models import Cohort, Plan
from outcomes.own_plans import may_plan, save_plan
from outcomes.plans.errors import PlanError
from registry.errors import Refused, StaleSave
from reports.document_links import report_files
from reports.frozen import about_freeze, freeze_asked, may_compute
from reports.listed import listing_for
from reports.manifest import Manifest
from reports.plan_editor import PRESETS, Editor
from reports.plan_entry import kinds
from reports.plan_rows import PlanRow, named_plan, own_plans, plan_row, plan_rows
from reports.report import build
from reports.views import as_mapping

FORM = "reports/plan_form.html"


def cohort_of(request: HttpRequest, slug: str) -> Cohort:
    return get_object_or_404(visible_cohorts(request.user), slug=slug)


def about(request: HttpRequest, cohort: Cohort) -> dict:
    """What every page of plans shows."""
    return {
        "cohort": cohort,
        "may_ask": may_plan(cohort, request.user),
        "synthetic": is_synthetic(cohort),
        "section": "cohorts",
    }


def row_of(request: HttpRequest, cohort: Cohort, slug: str) -> PlanRow:
    """The plan, or 404 where the reader has none of this name."""
    row = plan_row(cohort, request.user, slug, choices(cohort, request.user))
    if row is None:
        raise Http404
    return row


@require_safe
def plan_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The plans of a cohort: its own, and those that come with the program and fit."""
    cohort = cohort_of(request, slug)
    rows = plan_rows(cohort, request.user, choices(cohort, request.user))
    return render(request, "reports/plan_list.html", about(request, cohort) | {"plans": rows})


@require_safe
def plan_detail(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """What a plan asks, in words and as JSON."""
    cohort = cohort_of(request, slug)
    row = row_of(request, cohort, plan)
    text = Editor(Manifest({}), document=dict(row.document)).json_text
    return render(request, "reports/plan_detail.html", about(request, cohort) | {"plan": row, "text": text})


@require_http_methods(["GET", "HEAD", "POST"])
def plan_new(request: HttpRequest, slug: str) -> HttpResponse:
    """A new plan, from nothing or from another one; nothing is kept before it is saved."""
    cohort = cohort_of(request, slug)
    start = request.GET.get("from", "")
    row = plan_row(cohort, request.user, start, choices(cohort, request.user)) if start else None
    if start and row is None:
        raise Http404
    document = dict(row.document) | {"name": "", "title": f"{row.name} (copy)"} if row else {"analyses": []}
    return edited(request, cohort, None, document)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """One of the cohort's own plans; a save makes its next version, a stale one is refused and what was typed stays."""
    cohort = cohort_of(request, slug)
    own = get_object_or_404(own_plans(cohort, request.user), slug=plan)
    return edited(request, cohort, own, own.document)


def edited(request: HttpRequest, cohort: Cohort, plan: Plan | None, document: dict) -> HttpResponse:
    """One step of the form, or the plan as it is saved."""
    if not may_plan(cohort, request.user):
        raise PermissionDenied
    known = Manifest(choices(cohort, request.user))
    editor = Editor(known, document=dict(document), version=plan.version if plan else 0)
    if request.method != "POST":
        editor.focus = "name"
        return form_page(request, cohort, plan, editor)
    editor.take(request.POST, request.FILES.get("file"))
    do, filling = request.POST.get("do", "save"), bool(request.POST.get("entry_kind"))
    if do == "save" and filling:
        editor.step("put", request.POST)  # what was filled in and not added yet belongs to the plan that is saved
    if (do == "save" and editor.entry is None) or (do == "enter" and not editor.kind and not filling):
        return saved(request, cohort, plan, editor)
    if do == "form":
        editor.back_to_form()
    elif do != "save":
        editor.step(do, request.POST)
    wrong = editor.problems or (editor.entry and editor.entry.errors)
    return form_page(request, cohort, plan, editor, status=400 if wrong else 200)


def saved(request: HttpRequest, cohort: Cohort, plan: Plan | None, editor: Editor) -> HttpResponse:
    """The plan's page; or the form again, with what is wrong."""
    document = editor.finished()
    if document is None:
        return form_page(request, cohort, plan, editor, status=400)
    try:
        kept = save_plan(cohort=cohort, document=document, by=request.user, plan=plan, version=editor.version)
    except PlanError as error:
        editor.refuse(error)
    except Refused as error:
        editor.problems += [("name", problem.message) for problem in error.problems]
    except StaleSave as error:
        return stale(request, cohort, plan, editor, str(error))
    else:
        messages.success(request, f"The plan is kept as version {kept.version}.")
        return redirect("plan-detail", slug=cohort.slug, plan=kept.slug)
    return form_page(request, cohort, plan, editor, status=400)


def stale(request: HttpRequest, cohort: Cohort, plan: Plan, editor: Editor, words: str) -> HttpResponse:
    """409: what was typed stays; saving again is a decision."""
    plan.refresh_from_db()
    editor.version = plan.version
    return form_page(request, cohort, plan, editor, status=409, stale=words)


def form_page(request: HttpRequest, cohort: Cohort, plan: Plan | None, editor: Editor, *, status=200, stale=""):
    context = {"editor": editor, "plan": plan, "kinds": kinds(), "presets": PRESETS, "stale": stale}
    return render(request, FORM, about(request, cohort) | context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_report(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """The plan's newest report over the reader's sites, or on ?freeze=; a POST asks for a new one."""
    cohort = cohort_of(request, slug)
    kept = freeze_asked(request, cohort)
    row = named_plan(cohort, request.user, plan)
    if row is None:
        raise Http404
    done, running = done_and_under_way(cohort, request.user, row.document["name"], kept)
    context = {"cohort": cohort, "synthetic": is_synthetic(cohort), "section": "cohorts"} | about_freeze(kept)
    context |= {"plan": row, "slug": slug, "running": running}
    context["may_ask"] = may_compute(cohort, request.user, kept)
    if request.method == "POST":
        if not context["may_ask"]:
            raise PermissionDenied
        asked = {"cohort": cohort, "plan": dict(row.document), "freeze": kept}
        job = in_progress(user=request.user, **asked) or ask_analysis(by=request.user, **asked)
        return redirect("job-detail", pk=job.pk)
    results = results_of(done)
    if not results:
        return render(request, "reports/no_plan_report.html", context | {"nothing": done is not None})
    listed = listing_for(request.user, cohort, results[0].freeze, row.document)
    report = build(results[0].freeze.manifest_in_order, [as_mapping(each) for each in results], row.document, listed)
    shown = {
        "report": report,
        "refresh_url": reverse("plan-report", args=[slug, plan]) if context["may_ask"] and kept is None else "",
        "freeze_url": reverse("freeze-detail", args=[results[0].freeze_id]),
        "plans_url": reverse("plan-list", args=[slug]),
        "older": done.params["plan"] != row.document,
        "beside_open": request.GET.get("beside") == "1",
        "files": report_files(results, cohort, request.user),
    }
    return render(request, "reports/report.html", context | shown)
