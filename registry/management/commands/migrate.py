"""Makes and changes tables, as Django does, and then lets the program's own role in to them."""

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections
from psycopg import sql

from registry.walled import PROGRAM_MAY, PROGRAM_MAY_LESS


class Command(migrate.Command):
    help = "Updates the tables, as their owner (MIGRATION_DATABASE_URL), and lets the program's role in to them."

    def handle(self, *args, **options):
        super().handle(*args, **options)
        if settings.APP_ROLE:
            let_in(settings.APP_ROLE, connections[options["database"]])


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
