"""Campaigns: promises under fire, run by ./dev campaign NAME; a short form of each is a test beside it.

A campaign is a file here with `main(argv) -> int`: it prints its seed and its figures, bounds itself in count and time,
and returns 1 where a promise broke. Its test, test_NAME.py, calls the same functions with small counts.
"""

import django

from config.environment import as_owner

# Campaigns make tables; the workers and servers that they start are the program.
as_owner()
django.setup()
