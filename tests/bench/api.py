"""./dev bench api: a million visits over HTTP as one stream, beside PostgreSQL's COPY of the same rows and columns.

Web server as `./dev demo` starts it; the stream is read to its end and its lines are counted. In the same run: the peak
memory of the web server's processes, the queries of a page of a list and of the change feed at both sizes, and how long
such a page takes. Best of the repeats; never asserted.

    ./dev bench api [--visits N N] [--repeats N]
"""

import argparse
import http.client
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import tests.bench  # noqa: F401 (sets Django up)
from config.programs import address, listen, web
from config.stack import say
from config.supervisor import Supervisor
from registry.access import Profile, Role
from registry.actions import people
from registry.models import ApiToken, User
from registry.profiles import TABLES, rows_of
from registry.profiles.covariates import Leaving
from registry.profiles.fields import fields_of
from tests.bench.parts import report
from tests.bench.parts.in_sql import fill
from tests.builders import build_member

SIZES = (1_000, 1_000_000)
VISITS = "/api/v1/visits/"
CHANGES = "/api/v1/changes/"
READ_AT_ONCE = 2**18


@contextmanager
def running() -> Iterator[tuple[str, list[int]]]:
    """The web server: its address, and the ids of its processes."""
    supervisor, logs = Supervisor(say), Path(tempfile.mkdtemp())
    with listen(None) as listener:
        try:
            supervisor.start(web(dict(os.environ), logs, listener))
            yield address(listener), children_of(os.getpid())
        finally:
            supervisor.stop()


def children_of(pid: int) -> list[int]:
    """The programs that a program started, and theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *children_of(int(child))]
    return found


def peak(pids: list[int]) -> float:
    """The most memory that any one of them ever held, MB."""
    return max(memory(pid, "VmHWM") for pid in pids)


def memory(pid: int, what: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    return 0.0


def token(user: User, site, profile: str) -> dict[str, str]:
    scopes = ["read:rows"] if profile == Profile.IDENTIFIED else ["pull:rows"]
    about = {"life": timedelta(days=1), "profile": profile, "by": people.system_user()}
    _, text = people.issue_token(user=user, name="bench", scopes=scopes, sites=[site], **about)
    return {"Authorization": f"Bearer {text}"}


def pulled(at: str, headers: dict[str, str]) -> tuple[int, int]:
    """The whole list over HTTP; how many lines and bytes came."""
    server = http.client.HTTPConnection(urlsplit(at).netloc, timeout=600)
    server.request("GET", f"{VISITS}?format=ndjson", headers=headers)
    answer, rows, size = server.getresponse(), 0, 0
    while block := answer.read(READ_AT_ONCE):
        rows, size = rows + block.count(b"\n"), size + len(block)
    server.close()
    if answer.status != 200:
        raise SystemExit(f"The stream was refused: {answer.status}.")
    return rows, size


def copied(user: User, profile: Profile) -> tuple[int, int]:
    """COPY TO STDOUT of the same rows and the same columns, thrown away."""
    table = TABLES["visits"]
    of = rows_of(table, user, profile).order_by()
    sql, params = of.values_list(*columns_of(table, profile)).query.sql_with_params()
    rows = size = 0
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", params) as copy:
        for block in copy:
            rows, size = rows + 1, size + len(block)
    return rows, size


def columns_of(table, profile: Profile) -> list[str]:
    """The columns from which the fields of the list are made."""
    plain = {"site": "site__code", "study": "procedure__patient__study__slug", "patient": "procedure__patient_id",
             "timepoint": "timepoint__code"}  # fmt: skip
    return [plain.get(name, name) for name in fields_of(table, profile, Leaving())]


def best(repeats: int, work: Callable[[], object]) -> tuple[float, object]:
    """The quickest of some turns, and what it gave."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        found = work()
        times.append(time.perf_counter() - began)
    return min(times), found


def paged(headers: dict[str, str], path: str, **params) -> tuple[float, int]:
    """A page, asked for in this process: seconds, and queries."""
    client = Client(headers={"host": "localhost"})

    def ask():
        answer = client.get(path, params, headers=headers, secure=True)
        if answer.status_code != 200:
            raise SystemExit(f"{path} was refused: {answer.content[:200]}")

    ask()
    with CaptureQueriesContext(connection) as queries:
        ask()
    asked = len(queries)  # the next request forgets them
    return best(5, ask)[0], asked


def measure(visits: int, repeats: int) -> None:
    site, _ = fill(f"visits-{visits}", visits)
    user = build_member(f"puller-{visits}", site, Role.INVESTIGATOR)
    identified, safe = (token(user, site, each) for each in (Profile.IDENTIFIED, Profile.SAFE_HARBOR))
    say(f"\n{visits} visits, load {os.getloadavg()[0]:.1f}")
    with running() as (at, pids):
        took_copy, (rows, size) = best(repeats, lambda: copied(reader_of(user), Profile.IDENTIFIED))
        say(f"  COPY TO STDOUT               {took_copy:8.2f} s  {rows} rows, {size / 1e6:.0f} MB")
        pulled(at, safe)  # gives every patient a code
        for name, headers in (("identified", identified), ("safe_harbor", safe)):
            before = peak(pids)
            took, (rows, size) = best(repeats, lambda headers=headers: pulled(at, headers))
            held = f"a server process held {before:.0f} MB, then {peak(pids):.0f} MB"
            say(f"  NDJSON over HTTP, {name:<11}{took:8.2f} s  {rows} rows, {size / 1e6:.0f} MB; {held}")
            say(f"    that is {took / took_copy:.2f} x COPY")
    for path, name in ((VISITS, "page_size"), (CHANGES, "limit")):
        for many in (100, 1000):
            for form, headers in (("identified", identified), ("safe_harbor", safe)):
                seconds, queries = paged(headers, path, **{name: many})
                say(f"  a page of {many:>4} of {path:<17} {form:<11} {seconds * 1000:8.1f} ms  {queries} queries")


def reader_of(user: User) -> User:
    """The user as the API sees one who comes with a token for identified rows."""
    user.token = ApiToken.objects.filter(user=user, profile=Profile.IDENTIFIED).latest("created_at")
    return user


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench api")
    parser.add_argument("--visits", type=lambda text: int(float(text)), nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--repeats", type=int, default=3, metavar="N")
    options = parser.parse_args(argv)
    say("\n".join(report.machine_lines(report.machine())))
    for visits in options.visits:
        measure(visits, options.repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
