"""The project's worker, whose analyses break a constraint with somebody's words in hand: PostgreSQL repeats the row."""

from config.celery import app
from outcomes import tasks
from registry.models import Instrument


def break_a_constraint(job):
    Instrument.objects.filter(key="own").update(step=0)


tasks.run_job = break_a_constraint

__all__ = ["app"]
