"""The project's worker, with a pause after each analysis: slow enough to be interrupted in the middle."""

import time

from config.celery import app
from outcomes import running

PAUSE_SECONDS = 0.01
computed = running.computed


def compute_and_rest(spec, columns):
    """An analysis, then a pause."""
    time.sleep(PAUSE_SECONDS)
    return computed(spec, columns)


running.computed = compute_and_rest

__all__ = ["app"]
