"""A stream through the real web server: what its process holds does not grow with what it sends."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.access import Role
from registry.models import Pull
from tests.bench.parts.in_sql import fill
from tests.builders import build_member
from tests.conftest import ROOT
from tests.conftest import test_database_url as database_url
from tests.programs import bearer

VISITS = 60_000
ADDRESS = "/api/v1/visits/?format=ndjson"


@pytest.fixture
def server(transactional_db) -> Iterator[tuple[str, int]]:
    """gunicorn with threads, as ./dev demo starts it but with one process: its address, and that process."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        descriptor = listener.fileno()
        argv = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"fd://{descriptor}",
                "--worker-class", "gthread", "--threads", "4", "--no-control-socket"]  # fmt: skip
        env = os.environ | {"DATABASE_URL": database_url(), "INSECURE_COOKIES": "1"}
        running = subprocess.Popen(argv, cwd=ROOT, env=env, pass_fds=[descriptor])
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}", the_child_of(running.pid)
        finally:
            running.terminate()
            running.wait(timeout=30)


def the_child_of(pid: int) -> int:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        if found := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            return int(found[0])
        time.sleep(0.1)
    raise AssertionError("The web server has no process.")


def peak(pid: int) -> int:
    """The most memory the process ever held, bytes."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def ask(at: str, path: str, headers) -> http.client.HTTPResponse:
    asking = http.client.HTTPConnection(at, timeout=120)
    asking.request("GET", path, headers=headers)
    return asking.getresponse()


def test_a_stream_of_many_rows_leaves_the_server_as_small_as_it_was(server, surgeon_of_many):
    at, pid = server
    user, site = surgeon_of_many
    headers = bearer(user, site)
    first = json.loads(ask(at, "/api/v1/visits/?page_size=1", headers).read())["results"][0]
    before, size, rows, same = peak(pid), 0, 0, 0
    answer = ask(at, ADDRESS, headers)
    assert (answer.status, answer.getheader("Transfer-Encoding")) == (200, "chunked")
    for line in answer:
        size, rows, same = size + len(line), rows + 1, same + (json.loads(line) == first)
    assert (rows, same) == (VISITS, 1)
    assert peak(pid) - before < size / 4
    assert size > 20_000_000


def test_who_hangs_up_in_the_middle_is_logged_and_may_ask_again(server, surgeon_of_many):
    at, _ = server
    user, site = surgeon_of_many
    headers = bearer(user, site)
    asking = http.client.HTTPConnection(at, timeout=120)
    asking.request("GET", ADDRESS, headers=headers)
    read = len(asking.getresponse().read(100_000))
    asking.sock.shutdown(socket.SHUT_RDWR)
    asking.close()
    ends = time.monotonic() + 60
    while not Pull.objects.filter(status=499).exists() and time.monotonic() < ends:
        time.sleep(0.1)
    broken = Pull.objects.get(status=499)
    assert broken.size >= read
    assert 0 < broken.rows < VISITS
    whole = ask(at, ADDRESS, headers)
    assert whole.read().count(b"\n") == VISITS


@pytest.fixture
def surgeon_of_many(transactional_db):
    """Somebody who may pull many visits, and the site."""
    site, _ = fill("many", VISITS)
    return build_member("surgeon", site, Role.INVESTIGATOR), site
