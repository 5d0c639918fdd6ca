"""The shell as an app, so that its templates, static files, commands and checks are found."""

from django.apps import AppConfig

from config import safety  # noqa: F401 (registers its checks)


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "The shell"
