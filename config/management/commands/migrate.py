"""Django's migrate, which waits two seconds for a lock and no longer: people go on working, and it is tried again."""

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

LOCK_TIMEOUT = "2s"
WAITED = (
    f"A table was in use for more than {LOCK_TIMEOUT}, so that the migration gave way. It changed nothing;"
    " migrations before it are applied. Run the command again, at a quieter hour if it happens often."
)


class Command(migrate.Command):
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
