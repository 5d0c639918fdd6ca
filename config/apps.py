"""The shell as an app, so that its templates and static files are found."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "The shell"
