"""The embedded servers: first start, second start, and every start after something was killed."""

import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import psycopg
import pytest

from config.places import private, server_account, temporary_folder
from config.services import Servers, accepts_connections, answers_ping, redis_binary
from config.supervisor import Supervisor
from tests.config.processes import eventually, is_alive, launcher


@pytest.fixture
def folder():
    folder = temporary_folder(server_account())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start(folder, monkeypatch):
    """Start the servers on the same data as often as asked; each start is another launcher's."""
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    supervisors = []

    def start() -> tuple[Supervisor, dict[str, str]]:
        account = server_account()
        servers = Servers(data=folder, sockets=folder, logs=private(folder / "logs"), account=account, durable=True)
        supervisors.append(Supervisor(lambda line: None))
        return supervisors[-1], servers.start(supervisors[-1])

    yield start
    for supervisor in supervisors:
        supervisor.stop()


def pid_of(supervisor: Supervisor, name: str) -> int:
    return supervisor.children[name].process.pid


@pytest.mark.parametrize(
    ("name", "role", "owns"),
    [("MIGRATION_DATABASE_URL", "promontory", True), ("DATABASE_URL", "promontory_app", False)],
)
def test_the_owner_of_the_database_and_the_program_are_two_roles_and_no_superusers(start, name, role, owns):
    _, urls = start()
    with psycopg.connect(urls[name]) as connection:
        row = connection.execute(
            "SELECT current_user::text, rolsuper, rolbypassrls, rolcreatedb, pg_get_userbyid(datdba) = current_user"
            " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
        ).fetchone()
    assert row == (role, False, False, owns, owns)


def test_both_servers_answer_on_sockets_in_a_private_folder_only(start, folder):
    _, urls = start()
    with psycopg.connect(urls["DATABASE_URL"]) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert answers_ping(folder / "redis.sock")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_second_start_finds_the_data_of_the_first(start):
    supervisor, urls = start()
    with psycopg.connect(urls["MIGRATION_DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    supervisor.stop()
    _, urls = start()
    with psycopg.connect(urls["MIGRATION_DATABASE_URL"]) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_killed_postgresql_comes_back_with_what_was_committed(start, folder):
    supervisor, urls = start()
    with psycopg.connect(urls["MIGRATION_DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    os.kill(pid_of(supervisor, "postgresql"), signal.SIGKILL)
    assert eventually(lambda: not accepts_connections(folder))
    assert eventually(lambda: supervisor.tick() or accepts_connections(folder), seconds=20)
    with psycopg.connect(urls["MIGRATION_DATABASE_URL"]) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_killed_redis_comes_back_with_what_was_queued(start, folder):
    supervisor, _ = start()
    assert redis(folder, b"RPUSH celery one two three") == b":3\r\n"
    os.kill(pid_of(supervisor, "redis"), signal.SIGKILL)
    assert eventually(lambda: not answers_ping(folder / "redis.sock"))
    assert eventually(lambda: supervisor.tick() or answers_ping(folder / "redis.sock"))
    assert redis(folder, b"LLEN celery") == b":3\r\n"


def redis(folder: Path, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(folder / "redis.sock"))
        client.sendall(command + b"\r\n")
        return client.recv(1000)


def test_a_pid_file_that_tells_of_nobody_does_not_hinder_a_start(start, folder):
    supervisor, _ = start()
    pid_file = folder / "postgresql" / "postmaster.pid"
    kept = pid_file.read_text()
    supervisor.stop()
    # A process that lives and is no PostgreSQL: as after a restart of the machine, when numbers are given out anew.
    pid_file.write_text(kept.replace(kept.split("\n", 1)[0], str(os.getpid()), 1))
    _, urls = start()
    psycopg.connect(urls["DATABASE_URL"]).close()


def test_a_first_start_that_was_interrupted_is_done_anew(start, folder):
    account = server_account()
    for half_made in ("postgresql", "postgresql.making"):
        (private(folder / half_made, account) / "postgresql.conf").write_text("half")
    _, urls = start()
    psycopg.connect(urls["DATABASE_URL"]).close()


def test_servers_that_the_environment_names_are_used_and_none_is_started(start, monkeypatch):
    named = {"DATABASE_URL": "postgresql://somebody@example/registry", "REDIS_URL": "redis://example:6379/0"}
    for name, url in named.items():
        monkeypatch.setenv(name, url)
    supervisor, urls = start()
    assert (urls, supervisor.children) == (named, {})


def test_a_named_redis_binary_is_preferred(monkeypatch, folder):
    monkeypatch.setenv("REDIS_SERVER", "/usr/bin/redis-server")
    assert redis_binary(folder, None) == "/usr/bin/redis-server"


STARTS = """
import sys, time
from pathlib import Path
from config.places import private, server_account
from config.services import Servers
from config.supervisor import Supervisor
folder, account, supervisor = Path(sys.argv[1]), server_account(), Supervisor(print)
Servers(data=folder, sockets=folder, logs=private(folder / "logs"), account=account, durable=True).start(supervisor)
print(*(supervisor.children[name].process.pid for name in ("postgresql", "redis")), flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_killing_the_launcher_ends_the_servers_and_the_next_start_recovers(start, folder):
    process = launcher(STARTS, folder)
    pids = [int(pid) for pid in process.first_line.split()]
    assert len(pids) == 2 and all(map(is_alive, pids))
    process.kill()
    process.communicate()
    assert eventually(lambda: not any(map(is_alive, pids)), seconds=10)
    _, urls = start()
    psycopg.connect(urls["DATABASE_URL"]).close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_server_that_outlived_its_launcher_is_ended_by_the_next_start(start):
    forgotten, _ = start()
    old = pid_of(forgotten, "postgresql")
    supervisor, urls = start()
    assert pid_of(supervisor, "postgresql") != old and not is_alive(old)
    psycopg.connect(urls["DATABASE_URL"]).close()
