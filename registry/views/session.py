"""How long the session still lasts: asked by each open page, so that it can warn before the end."""

from math import floor

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registry.signin.ends import ends_in, note_use


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest) -> JsonResponse:
    """GET asks without using the session; POST says that somebody is there."""
    if request.method == "POST" and request.user.is_authenticated:
        note_use(request, at_once=True)
    return JsonResponse({"ends_in": max(0, floor(ends_in(request)))})
