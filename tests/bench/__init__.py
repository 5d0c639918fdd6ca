"""Benchmarks: run by hand with ./dev bench NAME, never asserted by time. No pytest here, so Django is set up.

They make and fill tables, so they are the owner of the database, and they look at every site.
"""

import django

from config.environment import as_owner
from registry.walls import EVERY_SITE, WITHIN, Within

as_owner()
django.setup()
WITHIN.set(Within(EVERY_SITE, why="benchmarks"))
