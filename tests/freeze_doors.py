"""The doors of freezes and jobs: what each answers, where it is, and what is sent."""

from django.urls import reverse

from outcomes.freezes import name_freeze
from outcomes.models import Freeze

LIST = {"get": "200 200 200 200 200 200 302"}
READ = {"get": "200 200 200 200 404 404 302", "elsewhere": "404 404 404 404 404 200 302"}
ASKED = {"post": "403 302 302 403 404 404 302"}
# Whoever comes by with a GET is led to the page of the row.
BY = {"get": "302 302 302 302 404 404 302", "elsewhere": "404 404 404 404 404 302 302"}
ONES_OWN = {"post": "403 403 302 403 404 404 302"}
# name: (statuses, the row it is about, the arguments of its address, what is sent)
FREEZE_DOORS = {
    "job-news": (LIST, "", (), {}),
    "job-list": (LIST, "", (), {}),
    "job-detail": (READ, "job", ("job.pk",), {}),
    "job-progress": (READ, "job", ("job.pk",), {}),
    "job-open": (BY, "job", ("job.pk",), {}),
    "job-cancel": (BY | ONES_OWN, "job", ("job.pk",), {}),
    "job-retry": (BY | ONES_OWN, "job", ("job.pk",), {}),
    "job-seen": (BY | ONES_OWN, "job", ("job.pk",), {}),
    "freeze-list": (READ | ASKED, "cohort", ("cohort.slug",), {"name": "Before submission"}),
    "freeze-detail": (READ | ASKED, "freeze", ("freeze.pk",), {"name": "Second submission"}),
    "freeze-verify": (BY | {"post": "200 200 200 200 404 404 302"}, "freeze", ("freeze.pk",), {}),
    "freeze-diff": (READ, "freeze", ("freeze.pk", "freeze.pk"), {}),
}


def freeze_rows(kept: Freeze, by) -> dict:
    """The freeze of an analysis, under a name."""
    name_freeze(freeze=kept, name="First submission", note="Words", by=by)
    return {"freeze": kept}


def freeze_address(name: str, rows: dict) -> str:
    """Where a door is."""
    arguments = [argument.split(".") for argument in FREEZE_DOORS[name][2]]
    return reverse(name, args=[getattr(rows[word], attribute) for word, attribute in arguments])
