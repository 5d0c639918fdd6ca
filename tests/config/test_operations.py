"""docs/operations.md: its commands run as they are printed, and its table has every setting that there is."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.backup import conninfo
from config.demo_docs import examples, script_of
from tests.builders import build_site
from tests.config.processes import ROOT
from tests.conftest import test_database_url as database_url

TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")
READ_FROM_ENVIRONMENT = re.compile(r'\benv(?:_bool|_int|_list|_keys|_secret|_choice)?\("([A-Z_]+)"')


def settings_read() -> set[str]:
    """The names of all variables that the program reads."""
    files = [*(ROOT / "config").glob("*.py")]
    return {name for file in files for name in READ_FROM_ENVIRONMENT.findall(file.read_text("utf-8"))}


def test_every_setting_is_in_the_table_and_every_line_of_it_is_a_setting():
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", TEXT, re.M))
    assert settings_read() - listed == set()
    assert listed - settings_read() == {"POSTGRESQL_BIN"}


@pytest.fixture
def empty(transactional_db) -> Iterator[str]:
    """Another database of the same server."""
    url = database_url()
    with psycopg.connect(conninfo(), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS restored_by_the_book")
        connection.execute("CREATE DATABASE restored_by_the_book")
        yield re.sub(r"/test_[a-z0-9_]+", "/restored_by_the_book", url)
        connection.execute("DROP DATABASE restored_by_the_book WITH (FORCE)")


def test_the_commands_run_as_they_are_printed(empty, tmp_path):
    build_site("north")
    env = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DATABASE_URL": database_url(),
        "RESTORED_URL": empty, "BACKUPS": str(tmp_path / "backups"), "SITE_CODE": "north",
        "ALLOWED_HOSTS": "registry.example", "INSECURE_COOKIES": "0",
        "CSRF_TRUSTED_ORIGINS": "https://registry.example",
    }  # fmt: skip
    done = subprocess.run(["bash", "-c", script_of(TEXT)], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert len(list(examples(TEXT))) == 6
    assert "all definitions are as they were dumped" in done.stdout
    assert done.stdout.count("The registry is ready.") == 2
    assert done.stdout.count("The trail holds:") == 3
