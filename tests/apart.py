"""Loaded by pytest before the settings: each of its processes has a Redis database and a PostgreSQL of its own."""

import gc
import os
import re

import pytest

from config.environment import as_owner

DATABASE = re.compile(r"(?<=virtual_host=)\d+|(?<=/)\d+$")


def numbered(url: str, number: int) -> str:
    """The same server's database of this number; a socket names it in its query, a host in its path."""
    found, count = DATABASE.subn(str(number), url)
    if count != 1:
        raise ValueError("REDIS_URL names no database, and each process needs one of its own.")
    return found


# pytest-xdist names its processes gw0, gw1 ...
if process := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["REDIS_URL"] = numbered(os.environ["REDIS_URL"], int(process.removeprefix("gw")) + 1)
    if process == "gw1" and "SECOND_DATABASE_URL" in os.environ:
        for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL"):
            os.environ[name] = os.environ[f"SECOND_{name}"]
# Tests make and empty tables; the workers and servers that they start are the program.
as_owner()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A process is handed the tests of a file that leave the tables alike; pytest-django's order of these is kept.

    Tests that empty the tables come after those that read what the migrations put there.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(f"{item.path}{' empties' if empties_tables(item) else ''}"))


def empties_tables(item: pytest.Item) -> bool:
    asked = item.get_closest_marker("django_db")
    by_mark = asked is not None and asked.kwargs.get("transaction", False)
    return by_mark or not {"transactional_db", "live_server"}.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_collection_finish() -> None:
    """What was imported stays to the end: no search for garbage has to look at it. One took half a second."""
    gc.collect()
    gc.freeze()
