"""The project's worker whose imports are committed statement by statement, for the negative control."""

from contextlib import nullcontext

from django.db import connection, transaction

from config.celery import app
from registry.actions import imports

commit_step = imports.STEPS[imports.State.COMMITTING]


def commit_without_transaction(batch, job):
    """Each statement by itself: neither a lock nor a rollback."""
    connection.features.__dict__["has_select_for_update"] = False
    whole = transaction.Atomic.__enter__, transaction.Atomic.__exit__
    transaction.Atomic.__enter__ = lambda self: nullcontext()
    transaction.Atomic.__exit__ = lambda self, *error: None
    try:
        commit_step(batch, job)
    finally:
        transaction.Atomic.__enter__, transaction.Atomic.__exit__ = whole


imports.STEPS[imports.State.COMMITTING] = commit_without_transaction

__all__ = ["app"]
