"""The worker's front door."""

import os

from celery import Celery, bootsteps

from config.safety import refuse_mighty_role
from config.watchdog import Watchdog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("promontory")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class MeekRole(bootsteps.StartStopStep):
    """No worker works as a role for which walls and triggers do not hold."""

    def start(self, parent) -> None:
        refuse_mighty_role()


app.steps["worker"].update((MeekRole, Watchdog))
