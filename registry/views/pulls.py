"""The log of what left by tokens."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.pulls import shares, visible_pulls

PER_PAGE = 50


@require_safe
def pull_list(request: HttpRequest) -> HttpResponse:
    """Which rows left by which token, the latest first."""
    if not shares(request.user):
        raise PermissionDenied
    page = Paginator(visible_pulls(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "registry/pull_list.html", {"section": "sharing", "page": page})
