"""How far every patient of a study is: planned visits and forms of the chart at a glance."""

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from registry.cell_states import State
from registry.clock import desk_day
from registry.models import Patient, Site, Study
from registry.status_grid import columns, rows
from registry.views.home import my_sites
from registry.work_items import recordable_sites
from registry.worklist import (
    Scope,
    Work,
    incomplete_forms,
    incomplete_visits,
    open_queries,
    outstanding_visits,
    unopened_forms,
)

PER_PAGE = 200
STATES = {
    "due": "with a visit due",
    "closed": "with a closed window and no record",
    "incomplete": "with something incomplete",
    "unopened": "with a form never opened",
    "queries": "with an open query",
    "undated": "with a visit whose window is not known",
    "locked": "locked",
}


@require_safe
def status_grid(request: HttpRequest, slug: str) -> HttpResponse:
    """A page of patients, of all sites or one, in all states or one."""
    study = get_object_or_404(Study.objects.visible_to(request.user).select_related("schedule"), slug=slug)
    state, site = request.GET.get("state", ""), request.GET.get("site", "")[:60]
    if state and state not in STATES:
        raise BadRequest(f"State: one of {', '.join(STATES)}.")
    scope = Scope(user=request.user, on=desk_day(), study=study.slug, site=site)
    page = Paginator(patients_in(state, scope), PER_PAGE).get_page(request.GET.get("page"))
    across = columns(study, every_form=request.GET.get("forms") == "all")
    context = {
        "section": "studies", "study": study, "synthetic": study.synthetic, "page": page, "columns": across,
        "rows": rows(study, page, across, on=scope.on, may_record=recordable_sites(request.user)),
        "states": STATES, "state": state, "site": site, "every_form": request.GET.get("forms") == "all",
        "sites": Site.objects.filter(pk__in=my_sites(request.user), enrolments__study=study),
        "legend": [each for each in State if each is not State.NOTHING],
    }  # fmt: skip
    return render(request, "registry/status_grid.html", context)


def patients_in(state: str, scope: Scope) -> QuerySet:
    """The patients who are still in, in an order that stays; those with something in this state."""
    patients = Patient.objects.valid().visible_to(scope.user).filter(study__slug=scope.study, withdrawn_on=None)
    if scope.site:
        patients = patients.filter(site__code=scope.site)
    if state:
        patients = patients.filter(those(state, scope))
    return patients.select_related("site", "study").order_by("site__code", "study_number")


def those(state: str, scope: Scope) -> Q:
    """The condition on a patient that a state stands for; each is a list of the worklist."""
    if state == "locked":
        return Q(locked_at__isnull=False) | Q(study__locked_at__isnull=False)
    if state == "queries":
        return Q(pk__in=open_queries(scope).values("patient"))
    if state == "unopened":
        return any_of(rows.values("patient") for _, rows in unopened_forms(scope))
    if state == "incomplete":
        begun = (rows.values(form.model.PATIENT_PATH) for form, rows in incomplete_forms(scope))
        return any_of([incomplete_visits(scope).values("procedure__patient"), *begun])
    kinds = {"due": [Work.DUE], "closed": [Work.OVERDUE, Work.ABSTRACT], "undated": [Work.UNDATED]}[state]
    return Q(pk__in=outstanding_visits(scope).filter(work__in=kinds).values("patient"))


def any_of(subqueries) -> Q:
    condition = Q(pk__in=[])
    for subquery in subqueries:
        condition |= Q(pk__in=subquery)
    return condition
