"""The counting worker without claim and fence, for the negative control: what is delivered twice is done twice."""

from registry import jobs
from tests.worker_apps import unguarded
from tests.worker_apps.effects import app

jobs.claim = unguarded.claim_anything
jobs.held = unguarded.hold_anything

__all__ = ["app"]
