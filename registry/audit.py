"""Who did it, by which route, and why: the context that the audit triggers write beside each change."""

import pghistory

from registry.trail.keeping import Deleted, Inserted, Updated


def tracked(**fields):
    """Decorates a model: database triggers keep every insert, update and delete of it, by whatever route it came, and
    chain what they keep (registry/trail)."""
    return pghistory.track(Inserted(), Updated(), Deleted(), **fields)


def recording(*, by, reason: str = ""):
    """A context in which every change is recorded as the actor's. The route is set by the door that was used."""
    return pghistory.context(actor=str(by.pk), **({"reason": reason} if reason else {}))


def through(route: str):
    """A context that names the route: form, api, import, command."""
    return pghistory.context(route=route)


def audited_route(get_response):
    """Middleware: a change made by a request came by the API or by a form."""

    def middleware(request):
        with through("api" if request.path.startswith("/api/") else "form"):
            return get_response(request)

    return middleware
