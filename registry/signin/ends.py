"""When a session ends: nobody has used it for a while, or it has lasted a working day."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

BEGAN, SEEN = "began_at", "seen_at"
# Pages ask for these by themselves, with nobody at the desk.
ASKED_BY_PAGES = {"job-news", "job-progress", "import-progress", "session"}
USE_IS_NOTED_EVERY = 30


def ends_in(request: HttpRequest) -> float:
    """In how many seconds the session ends, if nobody uses it; 0 or less where it has ended or there is none."""
    began, seen = request.session.get(BEGAN), request.session.get(SEEN)
    if not request.user.is_authenticated:
        return 0
    if began is None or seen is None:
        return min(settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE)
    return min(seen + settings.SESSION_IDLE_SECONDS, began + settings.SESSION_COOKIE_AGE) - time.time()


def note_use(request: HttpRequest, *, at_once: bool = False) -> None:
    """Somebody uses the session; written down now and then, not at every page."""
    now = time.time()
    request.session.setdefault(BEGAN, now)
    if at_once or now - request.session.get(SEEN, 0) >= USE_IS_NOTED_EVERY:
        request.session[SEEN] = now


def is_use(request: HttpRequest) -> bool:
    """Whether a person asked for this, not a page that refreshes itself."""
    name = getattr(request.resolver_match, "url_name", None)
    return name not in ASKED_BY_PAGES or (name == "session" and request.method == "POST")


def sessions_end(get_response: Callable) -> Callable:
    """Middleware: who comes back to a session that has ended is logged out, and led to the log-in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_session and request.user.is_authenticated and ends_in(request) <= 0:
            logout(request)
        response = get_response(request)
        if (has_session or request.session.modified) and request.user.is_authenticated and is_use(request):
            note_use(request)
        return response

    return middleware
