"""The doors of the rows that leave: events, treatments, the log of pulls, what a problem means."""

from datetime import timedelta

from registry.actions import events
from registry.actions.people import issue_token
from registry.dictionary import VERSION
from registry.models import Event, Pull, RadiationCourse

# name: the row it is about
PULL_DOORS = {
    "api-event-detail": "event",
    "api-treatment-detail": "treatment",
    **dict.fromkeys(
        ["api-event-list", "api-treatment-list", "api-pull-list", "api-capabilities", "api-dictionary",
         "api-dictionary-version", "pull-list", "problem"], "",
    ),
}  # fmt: skip

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
