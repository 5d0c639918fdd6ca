"""The project's worker, with a pause after each analysis: slow enough to be interrupted in the middle."""

import time

from config.celery import app
from outcomes import running

PAUSE_SECONDS = 0.01
run = running.run


def run_and_rest(entry, columns):
    """An analysis, then a pause."""
    time.sleep(PAUSE_SECONDS)
    return run(entry, columns)


running.run = run_and_rest

__all__ = ["app"]
