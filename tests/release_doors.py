"""The doors of freezes and releases by the API, and of letting rows go: what each answers to a session, and where.

A session pulls no rows: what a token opens stands in tests/reports/releases.
"""

from django.urls import reverse

from outcomes.models import Freeze
from reports.models import Release
from reports.releases.asking import Terms, ask_release
from reports.tasks import make_release

POST_TO_NOTHING = "405 405 405 405 405 405 401"
NOBODYS = {
    "get": "404 404 404 404 404 404 401",
    "elsewhere": "404 404 404 404 404 404 401",
    "post": POST_TO_NOTHING,
}
LIST = "200 200 200 200 200 200 401"
# name: (statuses, the row it is about, what else its address names, what is sent)
RELEASE_DOORS = {
    "freeze-release": (
        {
            "get": "302 302 302 302 404 404 302",
            "elsewhere": "404 404 404 404 404 302 302",
            "post": "403 403 302 403 404 404 302",
        },
        "freeze", (), "release form",
    ),
    "api-freeze-list": ({"get": LIST, "post": "403 202 202 403 403 403 401"}, "", (), "release"),
    "api-freeze-detail": (
        {"get": "200 200 200 200 404 404 401", "elsewhere": "404 404 404 404 404 200 401", "post": POST_TO_NOTHING},
        "freeze", (), "",
    ),
    "api-release-list": ({"get": LIST, "post": "403 403 403 403 403 403 401"}, "", (), "release"),
    "api-release-detail": (NOBODYS, "release", (), ""),
    "api-release-manifest": (NOBODYS, "release", (), ""),
    "api-release-file": (NOBODYS, "release", ("wide.csv",), ""),
}  # fmt: skip


def release_rows(freeze: Freeze, by, words: str = "DUA 1") -> dict:
    """A release of the freeze for whom it is made by, under an agreement."""
    freeze = Freeze.objects.get(pk=freeze.pk)
    job = ask_release(freeze=freeze, profile="limited", recipient=by, by=by, terms=Terms(fewest=1, words=words))
    make_release(str(job.pk))
    return {"release": Release.objects.get(job=job)}


def release_address(name: str, rows: dict) -> str:
    """Where a door is."""
    _, row, more, _ = RELEASE_DOORS[name]
    return reverse(name, args=[*([rows[row].pk] if row else []), *more])


def release_body(door: str, rows: dict) -> dict:
    """A body that somebody who may would be taken with."""
    if door == "freeze-release":
        said = {"recipient": rows["release"].recipient_id, "profile": "limited", "agreement": "DUA 2"}
        return {"data": {f"release-{name}": value for name, value in said.items()}}
    said = {"cohort": rows["cohort"].slug} | ({"name": "By the API"} if door == "api-freeze-list" else {})
    return {"data": said, "content_type": "application/json"}
