"""The doors of the rows that leave: events, treatments, the log of pulls, what a problem means."""

from datetime import timedelta

from registry.actions import events
from registry.actions.people import issue_token
from registry.dictionary import VERSION
from registry.models import Event, Pull, RadiationCourse

LIST = {"get": "200 200 200 200 200 200 401", "post": "405 405 405 405 405 405 401"}
ROWS = {
    "get": "200 200 200 404 404 404 401",
    "elsewhere": "404 404 404 404 404 200 401",
    "post": "405 405 405 405 405 405 401",
}
# name: (what it answers, the row it is about)
PULL_DOORS = {
    "api-event-list": (LIST, ""),
    "api-event-detail": (ROWS, "event"),
    "api-treatment-list": (LIST, ""),
    "api-treatment-detail": (ROWS, "treatment"),
    "api-pull-list": (LIST, ""),
    "api-capabilities": (LIST, ""),
    "api-dictionary": (LIST, ""),
    "api-dictionary-version": (LIST, ""),
    "pull-list": ({"get": "403 403 200 403 403 403 302"}, ""),
    "problem": ({"get": " ".join(["200"] * 7), "post": " ".join(["405"] * 7)}, ""),
}

# What the address of a door holds that is about no row.
NAMED_IN = {"problem": "not-found", "api-dictionary-version": VERSION}


def pull_rows(visit, by, word: str = "not said") -> dict:
    """An event, a treatment, and a pull of them by a token."""
    site, patient = visit.site, visit.procedure.patient
    event = events.record_event(Event(procedure=visit.procedure, kind="complication", description=word), by=by)
    treatment = RadiationCourse.objects.create(site=site, patient=patient, field_site=word, intent=word)
    scope = {"scopes": ["pull:rows"], "sites": [site], "agreement": word}
    token, _ = issue_token(user=by, name="puller", life=timedelta(days=1), by=by, **scope)
    about = {"route": "/api/v1/events/", "profile": token.profile, "rows": 1, "size": 100, "status": 200}
    said = {"release": word, "request_id": word}
    Pull.objects.create(token=token, user=by, site_ids=[site.pk], **about, **said)
    return {"event": event, "treatment": treatment}
