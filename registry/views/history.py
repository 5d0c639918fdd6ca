"""The history of a value, beside its field or on a page of its own, and of a whole row."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.addressed import title_of
from registry.addresses import COVARIATE
from registry.history import field_history, row_history
from registry.views.places import about, page_of, place_or_404, row_or_404


@require_safe
def history_field(request: HttpRequest, form: str, row_id, field: str) -> HttpResponse:
    """The states in which a value was; htmx gets the list alone."""
    place = place_or_404(request, form, row_id, field)
    shown = {
        "place": place, "changes": field_history(place.address)[::-1], "title": title_of(form), "section": "patients",
        "whole": "patient" if form == COVARIATE else form, "back": page_of(form, place.row),
    }  # fmt: skip
    page = "registry/_history.html" if request.htmx else "registry/history_field.html"
    return render(request, page, shown | about(place.row))


@require_safe
def history_row(request: HttpRequest, form: str, row_id) -> HttpResponse:
    """Every change of a row, the latest first."""
    row = row_or_404(request, form, row_id)
    shown = {"title": title_of(form), "changes": row_history(form, row.pk)[::-1], "row": row, "section": "patients",
             "back": page_of(form, row)}  # fmt: skip
    return render(request, "registry/history_row.html", shown | about(row))
