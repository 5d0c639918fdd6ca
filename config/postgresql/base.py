"""Every statement is asked within the walls in which its program stands. Django finds the backend by this file's name.

A setting that is made in a transaction goes back to what it was with the transaction, or with a part of it that is
taken back; so it is made before a transaction where that can be, and after a rollback it counts as unknown.
"""

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from registry import walls


class DatabaseWrapper(base.DatabaseWrapper):
    # What app.sites says on the connection; None where that is not known.
    app_sites: str | None = None

    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        self.app_sites = walls.NOWHERE.text  # the pool took away what was said before
        return connection

    def create_cursor(self, name=None):
        self.stand_within_the_walls()
        return super().create_cursor(name)

    def _set_autocommit(self, autocommit):
        if not autocommit:
            with self.wrap_database_errors:
                self.stand_within_the_walls()
        super()._set_autocommit(autocommit)

    def _rollback(self):
        self.app_sites = None
        super()._rollback()

    def _savepoint_rollback(self, sid):
        super()._savepoint_rollback(sid)
        self.app_sites = None

    def stand_within_the_walls(self) -> None:
        """Say to PostgreSQL within which sites we are, unless it knows. After an error it hears rollbacks alone."""
        wanted = walls.WITHIN.get()
        if wanted.text is not None and wanted.text == self.app_sites:
            return
        if self.connection.info.transaction_status != TransactionStatus.INERROR:
            self.app_sites = None
            self.app_sites = walls.put(self.connection, wanted)
