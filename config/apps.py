"""The shell as an app, so that its templates, static files, commands and checks are found."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from config import safety  # noqa: F401 (registers its checks)
from config.walls import walls_stand


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "The shell"

    def ready(self):
        register(walls_stand, Tags.database)
