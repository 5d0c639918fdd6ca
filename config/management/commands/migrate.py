"""Django's migrate, which waits two seconds for a lock and no longer: people go on working, and it is tried again.

Afterwards it lets the program's own role in to the tables.
"""

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg import sql
from psycopg.errors import LockNotAvailable

from registry.walled import PROGRAM_MAY, PROGRAM_MAY_LESS

LOCK_TIMEOUT = "2s"
WAITED = (
    f"A table was in use for more than {LOCK_TIMEOUT}, so that the migration gave way. It changed nothing;"
    " migrations before it are applied. Run the command again, at a quieter hour if it happens often."
)


class Command(migrate.Command):
    help = "Updates the tables, as their owner (MIGRATION_DATABASE_URL), and lets the program's role in to them."

    def handle(self, *args, **options):
        connection = connections[options["database"]]
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            cursor.execute("SET statement_timeout = 0")  # a long one is the operator's to stop
        try:
            super().handle(*args, **options)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            raise CommandError(WAITED) from error
        finally:
            with connection.cursor() as cursor:  # it goes back to a pool
                cursor.execute("RESET lock_timeout")
                cursor.execute("RESET statement_timeout")
        if settings.APP_ROLE:
            let_in(settings.APP_ROLE, connection)


def let_in(role: str, connection) -> None:
    """What the program may do; it may not own, empty or change a table."""
    statements = [
        "GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT {PROGRAM_MAY} ON ALL TABLES IN SCHEMA public TO {{role}}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        *(f"REVOKE ALL ON {table} FROM {{role}}" for table in PROGRAM_MAY_LESS),
        *(f"GRANT {less} ON {table} TO {{role}}" for table, less in PROGRAM_MAY_LESS.items()),
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
