"""The worklist: what is to be done next, at all studies and sites of the reader."""

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.clock import desk_day
from registry.models import Site, Study
from registry.views.home import my_sites
from registry.work_items import items, lines
from registry.worklist import DAYS, Scope, Work, counts, in_all

PER_PAGE = 50
AHEAD = (7, 14, 30, 60, 90)
# What each kind of work is, and what is to be done about it.
SAID = {
    Work.CLOSING: "The window closes within {days} days: see the patient before it does.",
    Work.DUE: "The window is open, or opens within {days} days.",
    Work.OVERDUE: "The window closed while the patient was being followed, and no visit is recorded: call, then record "
    "the visit with the reason why it is late, or record why it was missed.",
    Work.ABSTRACT: "The window closed before the patient was entered here, or the patient has died since: read the "
    "chart, then record what it says, or that the visit was missed. These are not late.",
    Work.VISITS: "Recorded visits at which an instrument has neither a value nor a reason why it is missing.",
    Work.FORMS: "Forms that were begun, and lack a required answer.",
    Work.UNOPENED: "Forms that were never opened for a patient, in studies that fill them for others.",
    Work.QUERIES: "Queries that wait for an answer.",
    Work.LOCKED: "Visits without a record of patients or studies that are locked: unlock first.",
    Work.UNDATED: "No window can be counted: the date of the procedure is not known to the day, the date of a death is "
    "not known, or the plan gives the visit no window. Nothing here is called due or overdue.",
}


@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """One kind of work as a list, and how much there is of each."""
    days, work = asked_days(request), asked_work(request)
    scope = Scope(
        user=request.user, on=desk_day(), days=days, study=request.GET.get("study", "")[:100],
        site=request.GET.get("site", "")[:60],
    )  # fmt: skip
    many = in_all(counts(scope))
    work = work or next((Work(kind) for kind in Work.values if many[kind]), Work.CLOSING)
    paginator = Paginator(lines(work, scope), PER_PAGE)
    paginator.count = many[work.value]
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "section": "worklist", "scope": scope, "work": work, "said": SAID[work].format(days=days), "ahead": AHEAD,
        "tabs": [(kind, many[kind.value]) for kind in Work], "page": page, "items": items(work, page, scope),
        "studies": Study.objects.visible_to(request.user), "sites": Site.objects.filter(pk__in=my_sites(request.user)),
        "kept": kept(request),
    }  # fmt: skip
    return render(request, "registry/worklist.html", context)


def asked_days(request: HttpRequest) -> int:
    text = request.GET.get("days", str(DAYS))
    if text not in map(str, AHEAD):
        raise BadRequest(f"Days: one of {', '.join(map(str, AHEAD))}.")
    return int(text)


def asked_work(request: HttpRequest) -> Work | None:
    """The kind that is asked for; None: the first of which there is any."""
    name = request.GET.get("show", "")
    if name and name not in Work.values:
        raise BadRequest(f"Show: one of {', '.join(Work.values)}.")
    return Work(name) if name else None


def kept(request: HttpRequest) -> str:
    """The filters as they were given, for the links of tabs and pages."""
    query = request.GET.copy()
    for name in ("show", "page"):
        query.pop(name, None)
    return query.urlencode()
