"""Where other servers than ours are named, those are what the tests run on."""

import os
import re
import subprocess

import pytest
from django.conf import settings
from django.db import connection

from config.broker import client


def version_of(program: str) -> str:
    """The number that a server's program says of itself, such as 15.18."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"(?:PostgreSQL\) |v=)([\d.]+)", said)[1]


@pytest.mark.django_db
def test_the_postgresql_that_is_named_answers():
    if "POSTGRESQL_BIN" not in os.environ:
        pytest.skip("No POSTGRESQL_BIN.")
    with connection.cursor() as cursor:
        ((version,),) = cursor.execute("SHOW server_version").fetchall()
    assert version.split()[0] == version_of(f"{os.environ['POSTGRESQL_BIN']}/postgres")


def test_the_redis_that_is_named_answers():
    if "REDIS_SERVER" not in os.environ:
        pytest.skip("No REDIS_SERVER.")
    found = client(settings.REDIS_URL).info("server")
    assert found["redis_version"] == version_of(os.environ["REDIS_SERVER"])
