"""Queries: the list, one with its thread, and asking a new one."""

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from registry.access import Permission, may, roles_with
from registry.actions import queries as actions
from registry.addressed import NoSuchPlace, place_of, title_of
from registry.desk import QueryFilter, as_csv, days_open, waiting_for, with_places
from registry.errors import Refused, StaleSave
from registry.models import Query, User
from registry.signin.again import confirmed
from registry.views.places import about, page_of, place_or_404

PER_PAGE = 50
# What somebody may do with a query in a state: (step, the permission it takes, the button).
BUTTONS = {
    "open": [("answered", Permission.RECORD, "Answer"), ("closed", Permission.CHECK, "Close"),
             ("waived", Permission.CHECK, "Waive")],
    "answered": [("closed", Permission.CHECK, "Close"), ("sent_back", Permission.CHECK, "Send back"),
                 ("waived", Permission.CHECK, "Waive")],
    "closed": [("reopened", Permission.CHECK, "Open again")],
    "waived": [("reopened", Permission.CHECK, "Open again")],
}  # fmt: skip
NEEDS = {step: needed for buttons in BUTTONS.values() for step, needed, _ in buttons} | {"assigned": Permission.CHECK}
SAID = {"answered": "The answer is kept.", "closed": "The query is closed.", "waived": "The query is waived.",
        "sent_back": "The query is sent back.", "reopened": "The query is open again.",
        "assigned": "The query is assigned."}  # fmt: skip


def asked_for(request: HttpRequest) -> QueryFilter:
    """The filter of the address, or 400."""
    chosen = QueryFilter(request.GET, user=request.user)
    if not chosen.is_valid():
        raise BadRequest("; ".join(f"{name}: {errors[0]}" for name, errors in chosen.errors.items()))
    return chosen


@require_safe
def query_list(request: HttpRequest) -> HttpResponse:
    """Queries, the oldest first."""
    chosen = asked_for(request)
    page = Paginator(chosen.queries(), PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = with_places(page.object_list)
    shown = {"section": "queries", "page": page, "filter": chosen, "waiting": waiting_for(request.user).count()}
    return render(request, "registry/query_list.html", shown)


@require_safe
@confirmed
def query_csv(request: HttpRequest) -> HttpResponse:
    """The list that is asked for, as a file."""
    headers = {"Content-Disposition": 'attachment; filename="queries.csv"'}
    text = "\ufeff" + as_csv(asked_for(request).queries())
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


def recorders(site) -> list[User]:
    """Whom a query can be assigned to."""
    members = site.memberships.filter(role__in=roles_with(Permission.RECORD)).values("user")
    return list(User.objects.filter(pk__in=members, is_active=True).order_by("username"))


class AskForm(forms.Form):
    """A new question."""

    text = forms.CharField(
        label="Question", max_length=500, widget=forms.Textarea({"rows": 3}),
        help_text="What should be looked up or explained. No names, no record numbers.",
    )  # fmt: skip
    category = forms.ChoiceField(choices=[pair for pair in Query.Category.choices if pair[0] != "rule"])
    assigned_to = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="nobody in particular")

    def __init__(self, data, *, site):
        super().__init__(data)
        self.fields["assigned_to"].queryset = User.objects.filter(pk__in=[user.pk for user in recorders(site)])


@require_http_methods(["GET", "HEAD", "POST"])
def query_create(request: HttpRequest, form: str, row_id, field: str = "") -> HttpResponse:
    """Ask about a value, or about a whole row."""
    place = place_or_404(request, form, row_id, field)
    if not may(request.user, Permission.CHECK, place.patient.site):
        raise PermissionDenied
    ask = AskForm(request.POST if request.method == "POST" else None, site=place.patient.site)
    if request.method == "POST" and ask.is_valid():
        query = actions.open_query(address=place.address, patient=place.patient, **ask.cleaned_data, by=request.user)
        messages.success(request, "The query is open.")
        return redirect("query-detail", pk=query.pk)
    shown = {
        "section": "queries",
        "form": ask,
        "place": place,
        "title": title_of(form),
        "back": page_of(form, place.row),
    }
    return render(request, "registry/query_new.html", shown | about(place.row), status=400 if ask.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def query_detail(request: HttpRequest, pk) -> HttpResponse:
    """One query with its thread and the value now; its next step."""
    queries = Query.objects.visible_to(request.user).select_related(
        "patient__study", "site", "assigned_to", "opened_by"
    )
    query = get_object_or_404(queries, pk=pk)
    status, problem = 200, ""
    if request.method == "POST":
        try:
            return take_step(request, query)
        except Refused as error:
            status, problem = 400, "; ".join(f"{each.message} [{each.rule}]" for each in error.problems)
        except StaleSave as error:
            status, problem = 409, str(error)
            query.refresh_from_db()
    return render(request, "registry/query_detail.html", thread(request, query, problem), status=status)


def take_step(request: HttpRequest, query: Query) -> HttpResponse:
    """Do what the pressed button says."""
    do, version = request.POST.get("do", ""), request.POST.get("version", "")
    if do not in NEEDS or not version.isdecimal() or len(version) > 9:
        raise BadRequest("Press one of the buttons of the page.")
    if not may(request.user, NEEDS[do], query.site):
        raise PermissionDenied
    told = {"query": query, "version": int(version), "by": request.user}
    if do == "assigned":
        actions.assign(**told, to=chosen_user(request, query))
    elif do == "waived":
        actions.waive_query(**told, reason=request.POST.get("comment", ""))
    else:
        step = {"answered": actions.answer_query, "closed": actions.close_query, "sent_back": actions.send_back,
                "reopened": actions.reopen}[do]  # fmt: skip
        step(**told, comment=request.POST.get("comment", ""))
    messages.success(request, SAID[do])
    return redirect("query-detail", pk=query.pk)


def chosen_user(request: HttpRequest, query: Query) -> User | None:
    name = request.POST.get("to", "")
    if not name:
        return None
    user = next((user for user in recorders(query.site) if str(user.pk) == name), None)
    if user is None:
        raise actions.refused("assigned_to", "Assign it to somebody who records at this site.")
    return user


def thread(request: HttpRequest, query: Query, problem: str) -> dict:
    """All that the page of a query shows."""
    try:
        place = place_of(actions.address_of(query))
    except NoSuchPlace:
        place = None
    rights = {each for each in Permission if may(request.user, each, query.site)}
    return {
        "section": "queries", "query": query, "steps": query.steps.select_related("by"), "place": place,
        "title": title_of(query.form), "problem": problem, "typed": request.POST.get("comment", ""),
        "link": page_of(query.form, place.row) if place else "", "days": days_open(query),
        "buttons": [(step, label) for step, needed, label in BUTTONS[query.status] if needed in rights],
        "may_check": Permission.CHECK in rights, "may_record": Permission.RECORD in rights,
        "recorders": recorders(query.site) if Permission.CHECK in rights else [],
        "patient": query.patient, "synthetic": query.patient.study.synthetic,
    }  # fmt: skip
