"""The shell: settings, addresses, front doors. Knows the apps, knows no medicine."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
