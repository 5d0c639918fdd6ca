"""What is done once a night: asked for by the dispatcher's clock, as a job like any other."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from registry import jobs
from registry.actions.people import system_user
from registry.audit import through
from registry.models import Job, Site
from registry.sweep import all_patients, sweep

SWEEP = "registry.sweep"
NIGHTLY = (SWEEP,)
# Hours UTC at which a night's work begins; a dispatcher that starts later in the day catches up.
BEGINS_AT = 2
AT_ONCE = 500


def night_of(now: datetime) -> date:
    """The day whose work is due."""
    return (now - timedelta(hours=BEGINS_AT)).date()


def ask_nightly(night: date) -> None:
    """Ask for a night's work. However many dispatchers ask, each task is one job a night."""
    sites = list(Site.objects.order_by("code").values_list("pk", flat=True))
    for kind in NIGHTLY if sites else ():
        jobs.ask(kind=kind, params={}, site_ids=sites, by=system_user(), idempotency_key=f"{kind} {night}")


def sweep_all(job: Job) -> None:
    """The nightly check of the whole record. Done twice, it changes nothing more."""
    patients, by = all_patients(), system_user()
    for start in range(0, len(patients), AT_ONCE):
        jobs.progress(job, start, len(patients), "Holding the record against the rules")
        with through("task"):
            sweep(patients[start : start + AT_ONCE], by=by)
    jobs.finish(job)


class Clock:
    """Asks for each night's work once, and for nothing until the next night begins."""

    def __init__(self, now: Callable[[], datetime]):
        self.now, self.asked = now, None

    def tick(self) -> None:
        night = night_of(self.now())
        if night != self.asked:
            ask_nightly(night)
            self.asked = night
