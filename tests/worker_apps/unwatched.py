"""The project's worker without its watchdog, for the negative control: it may stand still for ever."""

from config.celery import app
from config.watchdog import Watchdog

app.steps["worker"].discard(Watchdog)

__all__ = ["app"]
