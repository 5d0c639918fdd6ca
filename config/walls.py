"""Whether all walls between sites stand: what registry, outcomes and reports say, held against PostgreSQL."""

import re

from django.core.checks import Warning as Warn
from django.db import connections

import outcomes.walled
import registry.walled
import reports.walled
from registry.walled import FUNCTIONS, POLICY
from registry.walls import EVERY_SITE

# For a connection of its own that reads the rows of all sites: a backup, the look at what waits.
EVERYWHERE = f"SET app.sites = '{EVERY_SITE}'"
APPS = (registry.walled, outcomes.walled, reports.walled)
WALLS = {table: wall for app in APPS for table, wall in app.WALLS.items()}
WITHOUT_PATIENTS = {table: why for app in APPS for table, why in app.WITHOUT_PATIENTS.items()}
# Each table of ours, and whether one forced policy, for reading and writing and for every role, stands before it.
FORCED = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
    SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = %s AND p.polcmd = '*' AND p.polpermissive
        AND p.polroles = '{0}' AND pg_get_expr(p.polqual, c.oid) LIKE %s AND pg_get_expr(p.polwithcheck, c.oid) LIKE %s)
    AND (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) = 1
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname ~ '^(registry|outcomes|reports)_'"""

# How PostgreSQL writes the beginning of each policy back; what it asks is in these functions.
BEGINS = "(( SELECT walls_are_open() AS walls_are_open) OR (%"
BODIES = dict(re.findall(r"FUNCTION (\w+)\(.*?\$\$(.*?)\$\$", FUNCTIONS, re.DOTALL))
KEPT = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname = ANY (%s)"


def tables(connection) -> dict[str, bool]:
    """Each table of ours that is there, and whether its wall stands."""
    with connection.cursor() as cursor:
        return dict(cursor.execute(FORCED, [POLICY, BEGINS, BEGINS]).fetchall())


def fallen(connection) -> list[str]:
    """The tables without the wall that they should have, those of which nothing is said, and what the walls ask."""
    there = tables(connection)
    without = {table for table, stands in there.items() if not stands} - WITHOUT_PATIENTS.keys()
    return [*sorted(without), *(functions_altered(connection) if there else ())]


def functions_altered(connection) -> list[str]:
    """The functions that walls ask, where they are gone or others than ours."""
    with connection.cursor() as cursor:
        found = dict(cursor.execute(KEPT, [list(BODIES)]).fetchall())
    return [f"{name}()" for name, body in BODIES.items() if found.get(name) != body]


def walls_stand(app_configs, databases=None, **options) -> list[Warn]:
    """A check of Django's, for `manage.py check --database default` and before a migration."""
    missing = {alias: fallen(connections[alias]) for alias in databases or ()}
    hint = "Run `manage.py migrate`; a new table is named in WALLS or WITHOUT_PATIENTS of its app's walled.py."
    return [Warn(f"No wall between sites before: {', '.join(names)}.", hint=hint, id="config.W001")
            for names in missing.values() if names]  # fmt: skip
