"""The project's worker, which also takes a job whose effect can be counted: one row in a table without constraints."""

import time

from django.conf import settings
from django.db import connection, transaction

from config.celery import app
from registry import jobs

EFFECT = "campaign.effect"
SECONDS = 0.05
TABLE = "campaign_effect"


def make_table() -> None:
    """Where effects are written down; nothing keeps a second one out, and the worker may."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (job uuid NOT NULL)")
        if settings.APP_ROLE:
            cursor.execute(f"GRANT SELECT, INSERT ON {TABLE} TO {settings.APP_ROLE}")


def drop_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def effects() -> list[tuple[str, int]]:
    """(job, how often it was done)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT job::text, count(*) FROM {TABLE} GROUP BY job")
        return cursor.fetchall()


def take_effect(job: jobs.Job) -> None:
    """Work a little, then the effect and `done` in one transaction, as every job of the program."""
    time.sleep(SECONDS)
    with transaction.atomic():
        jobs.finish(job)
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {TABLE} VALUES (%s)", [job.pk])


@app.task(name=EFFECT)
def effect(job_id: str) -> None:
    """Have the effect once."""
    jobs.work(job_id, take_effect)


__all__ = ["app"]
