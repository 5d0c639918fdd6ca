"""Before tables are emptied, nobody else may be at work on them: PostgreSQL would end one of the two as a deadlock."""

import time

from django.db import connection

BUSY = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND state <> 'idle'"""


def wait_for_quiet(*, moments: int) -> None:
    """Until the database has done what others asked of it, and nobody asks for some moments of 50 ms; 10 s at most."""
    ends, quiet = time.monotonic() + 10, 0
    while time.monotonic() < ends and quiet < moments:
        with connection.cursor() as cursor:
            cursor.execute(BUSY)
            quiet = quiet + 1 if cursor.fetchone() == (0,) else 0
        time.sleep(0.05)
