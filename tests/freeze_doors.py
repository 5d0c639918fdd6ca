"""The doors of freezes and jobs: where each is, and what is sent."""

from django.urls import reverse

from outcomes.freezes import name_freeze
from outcomes.models import Freeze

# name: (the row it is about, the arguments of its address, what is sent)
FREEZE_DOORS = {
    "job-news": ("", (), {}),
    "job-list": ("", (), {}),
    "job-detail": ("job", ("job.pk",), {}),
    "job-progress": ("job", ("job.pk",), {}),
    "job-open": ("job", ("job.pk",), {}),
    "job-cancel": ("job", ("job.pk",), {}),
    "job-retry": ("job", ("job.pk",), {}),
    "job-seen": ("job", ("job.pk",), {}),
    "freeze-list": ("cohort", ("cohort.slug",), {"name": "Before submission"}),
    "freeze-detail": ("freeze", ("freeze.pk",), {"name": "Second submission"}),
    "freeze-verify": ("freeze", ("freeze.pk",), {}),
    "freeze-diff": ("freeze", ("freeze.pk", "freeze.pk"), {}),
}


def freeze_rows(kept: Freeze, by) -> dict:
    """The freeze of an analysis, under a name."""
    name_freeze(freeze=kept, name="First submission", note="Words", by=by)
    return {"freeze": kept}


def freeze_address(name: str, rows: dict) -> str:
    """Where a door is."""
    arguments = [argument.split(".") for argument in FREEZE_DOORS[name][1]]
    return reverse(name, args=[getattr(rows[word], attribute) for word, attribute in arguments])
