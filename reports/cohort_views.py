"""Pages of cohorts: the list, what one is, making and editing one with a live count."""

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outcomes.choices import is_synthetic
from outcomes.cohort_actions import change_cohort, is_default, make_cohort, may_define, versions_of
from outcomes.cohort_presets import NAMES, preset, presets
from outcomes.cohorts import WHOLE_STUDY, visible_cohorts
from outcomes.criteria import RuleError
from outcomes.latest import reported_cohorts
from outcomes.models import Cohort
from registry.access import Permission, sites_for
from registry.errors import Refused, StaleSave
from registry.models import Site, Study
from reports import cohort_live, cohort_words
from reports.cohort_form import Builder
from reports.cohort_variables import Offered, offered

FORM = "reports/cohort_form.html"
SECTION = {"section": "cohorts"}


def asking_studies(user):
    """The studies over which the user may define a cohort."""
    return Study.objects.visible_to(user, Permission.ASK_ANALYSES).order_by("slug")


@require_safe
def cohort_list(request: HttpRequest) -> HttpResponse:
    """Every cohort the reader may see, with the state of its report."""
    shown = {"cohorts": reported_cohorts(request.user), "may_make": asking_studies(request.user).exists()}
    return render(request, "reports/cohort_list.html", shown)


@require_safe
def cohort_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What a cohort is: its rule in words, who is in, its versions, and where its reports are."""
    cohort = get_object_or_404(visible_cohorts(request.user).prefetch_related("studies"), slug=slug)
    studies = list(cohort.studies.all())
    variables = of_rule(studies, request.user, cohort.rule)
    may_ask, whole = may_define(request.user, studies), is_default(cohort)
    mine = Study.objects.visible_to(request.user, Permission.READ_RESULTS)
    context = {
        "cohort": cohort,
        "studies": mine.filter(pk__in=[study.pk for study in studies]),
        "lines": cohort_words.lines_of(cohort.rule, variables),
        "judged": preset(cohort.rule["preset"]).judged if cohort.rule.get("preset") in NAMES else (),
        "history": cohort_words.history(versions_of(cohort), variables),
        "newest": cohort_live.newest_flow(cohort, request.user),
        "whole": whole,
        "may_copy": may_ask,
        "may_edit": may_ask and not whole,
        "synthetic": is_synthetic(cohort),
    }
    return render(request, "reports/cohort_detail.html", context | SECTION)


@require_http_methods(["GET", "HEAD", "POST"])
def cohort_new(request: HttpRequest) -> HttpResponse:
    """A new cohort: from studies, a paper's eligibility, or a copy of another one; kept when it is saved."""
    if not asking_studies(request.user).exists():
        raise PermissionDenied
    source = copied(request)
    studies = list(source.studies.all()) if source else chosen_studies(request, request.POST or request.GET)
    if not studies:
        return start_page(request)
    if not may_define(request.user, studies):
        raise PermissionDenied
    name = request.GET.get("preset", "")
    rule = source.rule if source else preset(name).rule if name in NAMES else WHOLE_STUDY
    builder = builder_of(request, studies, rule)
    if request.method != "POST":
        builder.name, builder.focus = f"{source.name} (copy)" if source else "", "name"
        builder.description = source.description if source else ""
    return edited(request, builder, studies, None)


@require_http_methods(["GET", "HEAD", "POST"])
def cohort_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """A save makes the cohort's next version; a stale one is refused and what was typed stays."""
    cohort = get_object_or_404(visible_cohorts(request.user), slug=slug)
    studies = list(cohort.studies.all())
    if not may_define(request.user, studies) or is_default(cohort):
        raise PermissionDenied
    builder = builder_of(request, studies, cohort.rule)
    if request.method != "POST":
        builder.name, builder.description, builder.version = cohort.name, cohort.description, cohort.version
    return edited(request, builder, studies, cohort)


@require_POST
def cohort_preview(request: HttpRequest) -> HttpResponse:
    """The part of the form that changes while one types: who would be in. Nothing is kept."""
    if not asking_studies(request.user).exists():
        raise PermissionDenied
    studies = chosen_studies(request, request.POST)
    if not may_define(request.user, studies):
        raise PermissionDenied
    builder = builder_of(request, studies, {})
    live = cohort_live.live(builder, studies, request.user)
    return render(request, "reports/_cohort_live.html", {"live": live, "builder": builder, "fragment": True})


def chosen_studies(request: HttpRequest, sent: QueryDict) -> list[Study]:
    """The studies that were chosen; 404 where the reader sees none of that name."""
    named = {name.removeprefix("study.") for name in sent if name.startswith("study.")}
    found = list(Study.objects.visible_to(request.user, Permission.READ_RESULTS).filter(slug__in=named))
    if len(found) != len(named):
        raise Http404
    return sorted(found, key=lambda study: study.slug)


def copied(request: HttpRequest) -> Cohort | None:
    """The cohort that a new one is a copy of; 404 where the reader sees none of that name."""
    slug = request.GET.get("from", "")
    return get_object_or_404(visible_cohorts(request.user), slug=slug) if slug else None


def start_page(request: HttpRequest) -> HttpResponse:
    """Where a cohort begins: which studies, and whose eligibility."""
    studies = asking_studies(request.user)
    copies = [each for each in visible_cohorts(request.user).prefetch_related("studies") if each.studies.all()]
    context = {"studies": studies, "presets": presets(), "copies": copies, "unchosen": "go" in request.GET}
    return render(request, "reports/cohort_start.html", context | SECTION, status=400 if context["unchosen"] else 200)


def of_rule(studies: list[Study], user, rule: Mapping) -> dict[str, Offered]:
    """The variables as a rule's preset and unit have them."""
    return offered(studies, user, preset=rule.get("preset") or "", by_fracture=rule.get("unit") == "fracture")


def builder_of(request: HttpRequest, studies: list[Study], rule: Mapping) -> Builder:
    """The form over the studies and the sites whose part the user may ask for: as it was sent, or a rule as it is."""
    mine = sites_for(request.user, Permission.ASK_ANALYSES)
    sites = Site.objects.filter(studies__in=studies, pk__in=mine).distinct().order_by("code")
    shown = request.POST if request.method == "POST" else rule
    builder = Builder(variables=of_rule(studies, request.user, shown), sites=list(sites))
    if request.method == "POST":
        builder.take(request.POST)
    else:
        builder.show(rule)
    return builder


def edited(request: HttpRequest, builder: Builder, studies: list[Study], cohort: Cohort | None) -> HttpResponse:
    """One step of the form, or the cohort as it is saved."""
    if request.method != "POST":
        return form_page(request, builder, studies, cohort)
    do = request.POST.get("do", "save")
    if do == "save":
        return saved(request, builder, studies, cohort)
    builder.step(do, request.POST)
    return form_page(request, builder, studies, cohort)


def saved(request: HttpRequest, builder: Builder, studies: list[Study], cohort: Cohort | None) -> HttpResponse:
    """The cohort's page; or the form again, with what is wrong."""
    rule = builder.finished()
    if rule is None:
        return form_page(request, builder, studies, cohort, status=400)
    fields = {"name": builder.name, "description": builder.description, "rule": rule, "by": request.user}
    try:
        if cohort is None:
            kept = make_cohort(studies=studies, **fields)
        else:
            kept = change_cohort(cohort=cohort, version=builder.version, **fields)
    except RuleError as error:
        builder.refuse(error)
    except Refused as error:
        builder.problems += [(problem.field, problem.message) for problem in error.problems]
    except StaleSave as error:
        cohort.refresh_from_db()
        builder.version = cohort.version
        return form_page(request, builder, studies, cohort, status=409, stale=str(error))
    else:
        messages.success(request, f"The cohort is kept as version {kept.version}.")
        return redirect("cohort-detail", slug=kept.slug)
    return form_page(request, builder, studies, cohort, status=400)


def form_page(request, builder: Builder, studies: list[Study], cohort: Cohort | None, *, status=200, stale=""):
    context = {
        "builder": builder,
        "studies": studies,
        "cohort": cohort,
        "live": cohort_live.live(builder, studies, request.user),
        "stale": stale,
        "synthetic": any(study.synthetic for study in studies),
    }
    return render(request, FORM, context | SECTION, status=status)
