"""The doors of freezes and releases by the API, and of letting rows go: where each is.

A session pulls no rows: what a token opens stands in tests/reports/releases.
"""

from django.urls import reverse

from outcomes.models import Freeze
from reports.models import Release
from reports.releases.asking import Terms, ask_release
from reports.tasks import make_release

# name: (the row it is about, what else its address names, what is sent)
RELEASE_DOORS = {
    "freeze-release": ("freeze", (), "release form"),
    "api-freeze-list": ("", (), "release"),
    "api-freeze-detail": ("freeze", (), ""),
    "api-release-list": ("", (), "release"),
    "api-release-detail": ("release", (), ""),
    "api-release-manifest": ("release", (), ""),
    "api-release-file": ("release", ("wide.csv",), ""),
}


def release_rows(freeze: Freeze, by, words: str = "DUA 1") -> dict:
    """A release of the freeze for whom it is made by, under an agreement."""
    freeze = Freeze.objects.get(pk=freeze.pk)
    job = ask_release(freeze=freeze, profile="limited", recipient=by, by=by, terms=Terms(fewest=1, words=words))
    make_release(str(job.pk))
    return {"release": Release.objects.get(job=job)}


def release_address(name: str, rows: dict) -> str:
    """Where a door is."""
    row, more, _ = RELEASE_DOORS[name]
    return reverse(name, args=[*([rows[row].pk] if row else []), *more])


def release_body(door: str, rows: dict) -> dict:
    """A body that somebody who may would be taken with."""
    if door == "freeze-release":
        said = {"recipient": rows["release"].recipient_id, "profile": "limited", "agreement": "DUA 2"}
        return {"data": {f"release-{name}": value for name, value in said.items()}}
    said = {"cohort": rows["cohort"].slug} | ({"name": "By the API"} if door == "api-freeze-list" else {})
    return {"data": said, "content_type": "application/json"}
