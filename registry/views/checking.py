"""Holding values against the source: a row with a button for each value, and how far a study has come."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from registry.access import Permission, may
from registry.actions import verification as actions
from registry.addressed import labels_of, patient_of, places_in, title_of
from registry.addresses import COVARIATE, Address
from registry.errors import Refused, StaleSave
from registry.marks import marks_of
from registry.models import Study
from registry.progress import changed_since, progress, standing
from registry.views.places import about, page_of, place_or_404, row_or_404

PER_PAGE, SEEN = 100, "seen_"
LINE = "registry/_check_value.html"


@require_http_methods(["GET", "HEAD", "POST"])
def check_row(request: HttpRequest, form: str, row_id) -> HttpResponse:
    """Every value of a row with its state; POST verifies all that were seen."""
    row = row_or_404(request, "patient" if form == COVARIATE else form, row_id)
    may_check = may(request.user, Permission.CHECK, patient_of(row).site)
    if request.method == "POST":
        if not may_check:
            raise PermissionDenied
        return verify_all(request, form, row)
    return page(request, form, row, may_check)


def page(request: HttpRequest, form: str, row, may_check: bool, problem: str = "", status: int = 200) -> HttpResponse:
    marks = marks_of(request.user, [row.pk])
    lines = [(place, marks.get(place.address)) for place in places_in(form, row)]
    shown = {
        "section": "queries", "form_key": form, "row": row, "title": title_of(form), "lines": lines,
        "may_check": may_check, "problem": problem, "back": page_of(form, row),
        "verifiable": sum(not place.standing.is_empty and not place.standing.derived for place, _ in lines),
        "verified": sum(said is not None and said.state == "verified" for _, said in lines),
        "of_row": marks.get(Address(form, row.pk, "")),
    }  # fmt: skip
    return render(request, "registry/check_row.html", shown | about(row), status=status)


def verify_all(request: HttpRequest, form: str, row) -> HttpResponse:
    """Verify what the page showed; where something changed meanwhile, nothing is verified."""
    seen = {name.removeprefix(SEEN): value for name, value in request.POST.items() if name.startswith(SEEN)}
    try:
        count = actions.verify_row(form=form, row=row, seen=seen, by=request.user)
    except (Refused, StaleSave) as error:
        return page(request, form, row, True, str(error), 409)
    messages.success(request, f"{count} value{'' if count == 1 else 's'} verified.")
    return redirect("check-row", form, row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def check_value(request: HttpRequest, form: str, row_id, field: str) -> HttpResponse:
    """Verify one value, or take its verification back; htmx gets its line, a plain form the page."""
    place = place_or_404(request, form, row_id, field)
    if request.method != "POST":
        return redirect("check-row", "patient" if form == COVARIATE else form, row_id)
    if not may(request.user, Permission.CHECK, place.patient.site):
        raise PermissionDenied
    problem = ""
    try:
        change(request, place.address)
    except (Refused, StaleSave) as error:
        problem = str(error)
    if not request.htmx:
        messages.add_message(request, messages.ERROR if problem else messages.SUCCESS, problem or "Kept.")
        return redirect("check-row", "patient" if form == COVARIATE else form, row_id)
    now = place_or_404(request, form, row_id, field)
    said = marks_of(request.user, [row_id]).get(now.address)
    return render(request, LINE, {"place": now, "said": said, "may_check": True, "problem": problem})


def change(request: HttpRequest, address: Address) -> None:
    do = request.POST.get("do")
    if do == "verify":
        actions.verify(address=address, seen=request.POST.get("seen", ""), by=request.user)
    elif do == "unverify":
        actions.unverify(address=address, by=request.user)
    else:
        raise BadRequest("Press one of the buttons of the page.")


@require_safe
def verification_list(request: HttpRequest) -> HttpResponse:
    """How far each study has come, and the values that changed since they were verified (or those that stand)."""
    state = request.GET.get("state", "changed")
    if state not in ("changed", "verified"):
        raise BadRequest("State: changed or verified.")
    rows = changed_since(request.user) if state == "changed" else standing(request.user)
    studies, slug = Study.objects.visible_to(request.user).order_by("slug"), request.GET.get("study", "")
    if slug and not studies.filter(slug=slug).exists():
        raise BadRequest("Study: one of those that you may see.")
    rows = rows.filter(patient__study__slug=slug) if slug else rows
    ordered = rows.select_related("patient__study", "verified_by").order_by("-verified_at", "id")
    listed = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    labels = labels_of(Address(each.form, each.row_id, each.field) for each in listed.object_list)
    lines = [
        (each, "patient" if each.form == COVARIATE else each.form, title_of(each.form), labels[each.form, each.field])
        for each in listed.object_list
    ]
    shown = {"section": "queries", "state": state, "slug": slug, "studies": studies, "page": listed, "lines": lines,
             "progress": progress(request.user, studies)}  # fmt: skip
    return render(request, "registry/verification_list.html", shown)
