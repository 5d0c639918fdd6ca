"""The project's worker, whose analyses break a constraint with a patient's row in hand: PostgreSQL repeats the row."""

from config.celery import app
from outcomes import tasks
from registry.models import Patient


def break_a_constraint(job):
    Patient.objects.update(withdrawn_on="2024-01-01")


tasks.run_job = break_a_constraint

__all__ = ["app"]
