"""What must be set up before anything else is reached: a password of one's own, and a second factor."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect
from django.urls import reverse

from registry.signin.adapters import has_factor
from registry.signin.records import proved_twice

# What is open to who has still to set something up.
OPEN = {
    "login", "account_login", "logout", "account_logout", "session", "account_reauthenticate", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn", "account_change_password", "problem",
}  # fmt: skip
SETTING_UP = {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn"}


def set_up_first(get_response: Callable) -> Callable:
    """Middleware: leads who is logged in to what is still to be set up. A token needs none: it is a key of its own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    middleware.process_view = lead_to_what_is_missing
    return middleware


def lead_to_what_is_missing(request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
    """None where nothing is missing; the API says no where a page leads on."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    place = missing(request)
    if place is None:
        return None
    return HttpResponseForbidden() if request.path.startswith("/api/") else place


def missing(request: HttpRequest) -> HttpResponse | None:
    """Where to go first."""
    name = request.resolver_match.url_name
    if name in OPEN:
        return None
    if request.user.password_is_first:
        return redirect("account_change_password")
    if not settings.MFA_REQUIRED or proved_twice(request):
        return None
    if has_factor(request.user):
        return redirect_to_login(request.get_full_path(), reverse("mfa_reauthenticate"))
    return None if name in SETTING_UP else redirect("mfa_index")
