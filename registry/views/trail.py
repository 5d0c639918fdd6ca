"""The trail of a site: every change of its record, and whether the chain still held when it was last looked at."""

import re
import uuid
from datetime import date

from django import forms
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from registry.access import Permission, sites_for
from registry.models import Patient, Site, TrailCheck, User
from registry.trail.reading import LATEST, Asked, found, kinds

KNOWN = {"site", "actor", "table", "day", "patient", "before"}
PLACE = re.compile(r"(\d{1,18})\.(\d{1,18})")


class StudyNumber(forms.Form):
    """A patient is looked for by what is sent, and found by an id: no address says a study number."""

    study_number = forms.CharField(max_length=60, required=False, label="Patient (study number)")


@require_http_methods(["GET", "HEAD", "POST"])
def trail(request: HttpRequest) -> HttpResponse:
    """Who changed what, when, by which route and why; the latest first."""
    site = asked_site(request)
    typed = StudyNumber(request.POST if request.method == "POST" else None)
    if request.method == "POST" and typed.is_valid():
        chosen = narrowed(request, site, typed)
        if chosen is not None:
            return redirect(f"{reverse('trail')}?{chosen.urlencode()}")
    asked = asked_entries(request, site)
    page = found(asked)
    shown = {
        "section": "trail", "site": site, "sites": sites_of(request), "asked": asked, "form": typed, "page": page,
        "further": further(request, page.further), "check": last_check(site), "kinds": kinds(),
        "people": User.objects.filter(memberships__site=site).distinct().order_by("username"),
        "patient": Patient.objects.filter(pk__in=asked.patients).first() if asked.patients else None,
    }  # fmt: skip
    return render(request, "registry/trail.html", shown, status=400 if typed.errors else 200)


def sites_of(request: HttpRequest):
    return Site.objects.filter(pk__in=sites_for(request.user, Permission.AUDIT))


def asked_site(request: HttpRequest) -> Site:
    """The site that is asked for, or the first whose trail the person reads."""
    unknown = set(request.GET) - KNOWN
    if unknown:
        raise BadRequest(f"Unknown: {', '.join(sorted(unknown))[:100]}. There are: {', '.join(sorted(KNOWN))}.")
    sites = list(sites_of(request))
    if not sites:
        raise PermissionDenied
    code = request.GET.get("site") or sites[0].code
    site = next((each for each in sites if each.code == code), None)
    if site is None:
        raise Http404
    return site


def narrowed(request: HttpRequest, site: Site, typed: StudyNumber) -> QueryDict | None:
    """The filters of the address with the ids of the patient who was typed; None where there is no such patient."""
    chosen = request.GET.copy()
    for name in ("before", "patient"):
        chosen.pop(name, None)
    number = typed.cleaned_data["study_number"]
    if number:
        ids = (
            Patient.objects.visible_to(request.user).filter(site=site, study_number=number).values_list("pk", flat=True)
        )
        if not ids:
            typed.add_error("study_number", "No patient of this site has this study number.")
            return None
        chosen.setlist("patient", [str(pk) for pk in ids])
    return chosen


def asked_entries(request: HttpRequest, site: Site) -> Asked:
    """The filters of the address; 400 where one cannot be read."""
    table, place = request.GET.get("table", ""), request.GET.get("before", "")
    if table and table not in kinds():
        raise BadRequest("Table: not one of those whose rows belong to a site.")
    if place and not PLACE.fullmatch(place):
        raise BadRequest("Before: not a place of this list.")
    patients = [as_id(text, "Patient") for text in request.GET.getlist("patient")]
    visible = Patient.objects.visible_to(request.user).filter(site=site, pk__in=patients)
    if patients and visible.count() != len(set(patients)):
        raise Http404
    actor = request.GET.get("actor", "")
    return Asked(
        site=site, table=table, day=as_day(request.GET.get("day", "")), patients=patients,
        actor=as_id(actor, "Actor") if actor else None,
        before=tuple(map(int, PLACE.fullmatch(place).groups())) if place else LATEST,
        hidden=list(request.user.readings.filter(submitted_at=None).values_list("patient_id", flat=True)),
    )  # fmt: skip


def as_id(text: str, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise BadRequest(f"{name}: not an id.") from error


def as_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadRequest("Day: year, month and day, as 2026-03-01.") from error
    if day is not None and not 1900 <= day.year <= 2200:
        raise BadRequest("Day: a year from 1900 to 2200.")
    return day


def further(request: HttpRequest, place: tuple[int, int] | None) -> str:
    """The address of the next page."""
    if place is None:
        return ""
    query = request.GET.copy()
    query["before"] = f"{place[0]}.{place[1]}"
    return query.urlencode()


def last_check(site: Site) -> dict | None:
    """What the last verification of the trail says, and what of it is about this site."""
    check = TrailCheck.objects.first()
    if check is None:
        return None
    mine = [(seq, what) for chain, seq, what in check.breaks if chain == str(site.pk)]
    return {"at": check.at, "entries": check.entries, "found": check.found, "anchored": check.anchored, "mine": mine,
            "head": check.heads.get(str(site.pk))}  # fmt: skip
