"""The worst day, rehearsed: a backup restored on another server, and a server that goes away and comes back."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from config.places import private, server_account, temporary_folder
from config.programs import address, listen, web
from config.services import Servers
from config.supervisor import Supervisor
from config.walls import EVERYWHERE
from tests.cast import build_cast
from tests.config.processes import ROOT, eventually
from tests.conftest import test_database_url as database_url
from tests.doors import rows_of

pytestmark = pytest.mark.django_db(transaction=True)
HELD_AGAINST = (
    "from pathlib import Path; import sys, django; django.setup()\n"
    "from config.restore import check_restored, newest, read_manifest\n"
    "check_restored(read_manifest(newest(Path(sys.argv[1]))))"
)


class Elsewhere:
    """Another server, with an empty database."""

    def __init__(self, supervisor: Supervisor, folder: Path, urls: dict[str, str]):
        self.supervisor, self.folder = supervisor, folder
        self.url, self.owners_url = urls["DATABASE_URL"], urls["MIGRATION_DATABASE_URL"]

    def manage(self, *argv: object) -> subprocess.CompletedProcess:
        return manage(self.url, *argv)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The web server on it; its address."""
        env = os.environ | {"DATABASE_URL": self.url}
        with listen(None) as listener:
            self.supervisor.start(web(env, self.folder, listener, processes=1))
            yield address(listener)


def manage(url: str, *argv: object) -> subprocess.CompletedProcess:
    """A management command on this database."""
    return run([sys.executable, "manage.py", *map(str, argv)], url)


def run(argv: list[str], url: str) -> subprocess.CompletedProcess:
    env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True)


@pytest.fixture
def elsewhere(monkeypatch) -> Iterator[Elsewhere]:
    account = server_account()
    folder, supervisor = temporary_folder(account), Supervisor(lambda line: None)
    servers = Servers(data=folder, sockets=folder, logs=private(folder / "logs"), account=account, durable=True)
    with monkeypatch.context() as patch:
        patch.delenv("DATABASE_URL")
        urls = servers.start(supervisor)
    yield Elsewhere(supervisor, folder / "logs", urls)
    supervisor.stop()


@pytest.fixture
def backup(tmp_path) -> Path:
    """A backup of the database of this test."""
    done = manage(database_url(), "backup", tmp_path / "kept")
    assert done.returncode == 0, done.stderr
    return tmp_path / "kept"


@pytest.fixture
def filled(transactional_db):
    """Rows of every kind."""
    cast = build_cast()
    return rows_of(cast["north"], "hips", cast["admin"])


def held_against(backup: Path, url: str) -> subprocess.CompletedProcess:
    return run([sys.executable, "-c", HELD_AGAINST, str(backup)], url)


def test_a_backup_restored_elsewhere_is_the_same_in_every_row_and_definition(filled, backup, elsewhere):
    manifest = json.loads(next(backup.glob("*.json")).read_text())
    assert sum(table["rows"] > 0 for table in manifest["tables"].values()) > 50
    assert manifest["definitions"]["triggers"]["rows"] > 100
    assert {oct(file.stat().st_mode & 0o777) for file in backup.iterdir()} == {"0o600"}

    done = elsewhere.manage("restore", backup)
    assert done.returncode == 0, done.stderr
    assert f"{len(manifest['tables'])} tables and all definitions are as they were dumped." in done.stdout
    assert "Epoch " in done.stdout and " s; " in done.stdout

    again = elsewhere.manage("restore", backup)
    assert again.returncode == 1 and "The database is not empty" in again.stderr
    assert elsewhere.manage("readiness").stdout.strip().endswith("The registry is ready.")


CHANGES = {
    "public.registry_score": "ALTER TABLE registry_score DISABLE TRIGGER USER; UPDATE registry_score SET value = 4;"
    " ALTER TABLE registry_score ENABLE TRIGGER USER",
    "triggers": "ALTER TABLE registry_visit DISABLE TRIGGER USER",
    "grants": "GRANT SELECT ON registry_patient TO PUBLIC",
}


def test_one_changed_value_a_silenced_trigger_and_a_grant_are_each_found_by_name(filled, backup, elsewhere):
    """Negative control: the comparison can fail."""
    assert elsewhere.manage("restore", backup).returncode == 0
    with psycopg.connect(elsewhere.owners_url) as connection:
        connection.execute(EVERYWHERE)
        for change in CHANGES.values():
            connection.execute(change.replace("registry_visit ", "registry_followupvisit "))
    said = held_against(backup, elsewhere.url).stderr
    assert "not as it was dumped" in said
    assert all(name in said for name in CHANGES), said


def test_a_dump_that_was_changed_or_cut_is_refused_before_anything_is_restored(backup, elsewhere):
    dump = next(backup.glob("*.dump"))
    dump.write_bytes(dump.read_bytes()[:-1])
    done = elsewhere.manage("restore", backup)
    assert done.returncode == 1 and "its SHA-256 is another one" in done.stderr
    assert "There is no backup in" in elsewhere.manage("restore", backup.parent).stderr


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as answer:
        return answer.code


def test_readiness_is_red_within_five_seconds_of_the_database_and_green_within_five_of_its_return(backup, elsewhere):
    assert elsewhere.manage("restore", backup).returncode == 0
    with elsewhere.serving() as at:
        assert eventually(lambda: status(f"{at}/readyz") == 200)
        server = elsewhere.supervisor.children["postgresql"]
        os.killpg(server.process.pid, signal.SIGKILL)
        began = time.monotonic()
        assert eventually(lambda: status(f"{at}/readyz") == 503, 5)
        red = time.monotonic() - began
        assert status(f"{at}/livez") == 200
        assert status(f"{at}/login/") in (200, 503)
        time.sleep(max(0.0, 10 - (time.monotonic() - began)))
        elsewhere.supervisor.tick()
        server.due = 0
        elsewhere.supervisor.tick()
        began = time.monotonic()
        assert eventually(lambda: status(f"{at}/readyz") == 200, 5)
        sys.stdout.write(f"red after {red:.1f} s, green after {time.monotonic() - began:.1f} s\n")
