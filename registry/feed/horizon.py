"""How far the feed may be read now, and the lives of the database.

A transaction that is still open has a number that is not below the horizon, whatever numbers its rows were given. All
below it is over: committed and readable, or gone. So what is served in the order of the transactions' numbers is served
in an order that no late commit gets into.
"""

from dataclasses import dataclass

from django.db import connection, transaction
from rest_framework.exceptions import APIException

from registry.models import Epoch

# The cluster, its timeline and the database in it: a dump that was loaded, a copy that was promoted, differ in one.
CLUSTER = """(SELECT system_identifier FROM pg_control_system())
    || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
    || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())"""
NOW = f"""SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, COALESCE(max(number), 1),
    COALESCE((array_agg(cluster ORDER BY number DESC))[1] = {CLUSTER}, TRUE) FROM registry_epoch"""


class Restored(APIException):
    """The database is another one than the latest epoch knows."""

    status_code = 409
    problem_type = "epoch-not-begun"
    default_detail = (
        "This database was restored or moved, and its changes are numbered anew. Its operator has to run"
        " `manage.py new_epoch` once; then pull everything again."
    )


@dataclass(frozen=True, order=True)
class Position:
    """A place in the feed."""

    epoch: int
    xid: int
    seq: int


@dataclass(frozen=True)
class Horizon:
    """Served is what comes before it; all of older epochs does."""

    epoch: int
    xid: int

    def __str__(self):
        return f"{self.epoch}.{self.xid}"

    @property
    def position(self) -> Position:
        """The place before the first row that is not served yet."""
        return Position(self.epoch, self.xid, 0)


def horizon() -> Horizon:
    """Where it is now. To be asked before the rows are. Raises Restored."""
    with connection.cursor() as cursor:
        cursor.execute(NOW)
        xid, epoch, known = cursor.fetchone()
    if not known:
        raise Restored
    return Horizon(epoch=epoch, xid=xid)


@transaction.atomic
def begin_epoch() -> int:
    """The database's next life: every cursor of an earlier one is answered with 410. Waits for whoever writes."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE registry_epoch IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"SELECT COALESCE(max(number), 1) + 1, {CLUSTER} FROM registry_epoch")
        number, cluster = cursor.fetchone()
    return Epoch.objects.create(number=number, cluster=cluster).number
