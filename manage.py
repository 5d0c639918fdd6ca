#!/usr/bin/env python
"""Django's command line for Promontory; `./dev manage` runs it with the services up."""

import os
import sys

import django
from django.core.management import execute_from_command_line

from config.environment import as_owner
from config.safety import refuse_mighty_role
from registry.walls import all_sites

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["migrate"]:
        as_owner()
    if sys.argv[1:2] == ["dispatch"]:
        django.setup()
        refuse_mighty_role()
    with all_sites(f"the command line: {' '.join(sys.argv[1:2])}"):
        execute_from_command_line(sys.argv)
