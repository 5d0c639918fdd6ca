"""Rows that all tests of a file read are made once."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def made_once(blocker) -> Iterator[None]:
    """A transaction around the tests of a file, taken back after them; what one test changes is taken back after it.

    For a fixture of scope="module" that asks for django_db_setup too; blocker: django_db_blocker.
    """
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
