"""The cast, and the real worker that tests of jobs are run with."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from registry.actions import people
from registry.migrations._trail import NEVER_EMPTIED
from tests.builders import APART, build_site
from tests.cast import build_nobody, build_one
from tests.everywhere import within_all_walls
from tests.quiet import wait_for_quiet

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def within_all_walls_outside_of_requests() -> Iterator[None]:
    """What tests build and look at is of every site, in any thread; requests and jobs have walls of their own."""
    with within_all_walls("tests"):
        yield


@pytest.fixture
def north(db):
    """The site where most things happen."""
    return build_site("north")


@pytest.fixture
def south(db):
    """Another site, which does not exist for people of the first."""
    return build_site("south")


@pytest.fixture
def nurse(north):
    """Coordinator at north: types visits."""
    return build_one("nurse", north)


@pytest.fixture
def surgeon(north):
    """Investigator at north: asks for analyses."""
    return build_one("surgeon", north)


@pytest.fixture
def admin(north):
    """Site admin at north: may do everything there."""
    return build_one("admin", north)


@pytest.fixture
def neighbour(south):
    """Coordinator at south."""
    return build_one("neighbour", south)


@pytest.fixture
def pool(north):
    """Pooling client at north: reads results, sees no patient."""
    return build_one("pool", north)


@pytest.fixture
def nobody(db):
    """Somebody who may log in and has no role anywhere."""
    return build_nobody()


@pytest.fixture
def system(db):
    """What management commands act as."""
    return people.system_user()


def test_database_url() -> str:
    """The program's DATABASE_URL with the test database in the place of the real one."""
    before, _, after = os.environ.get("APP_DATABASE_URL", os.environ["DATABASE_URL"]).partition("?")
    return f"{before.rpartition('/')[0]}/{connection.settings_dict['NAME']}" + (f"?{after}" if after else "")


def start_worker(app: str = "config", queue: str = "celery", **environment: str) -> subprocess.Popen:
    """A Celery worker on the test database, in a process group of its own, once it is ready."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", app, "worker", "--pool", "prefork", "-c", "1", "--without-gossip",
         "--without-mingle", "--loglevel", "INFO", "-Q", queue],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": test_database_url(), "LOG_LEVEL": "INFO"} | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    said = []
    for line in worker.stdout:
        said.append(line)
        if " ready." in line:
            return worker
    raise RuntimeError("The worker did not start:\n" + "".join(said))


def stop(worker: subprocess.Popen, number: int = signal.SIGKILL) -> None:
    """Send a signal to a worker and its children; after a deadly one, wait for the end."""
    os.killpg(worker.pid, number)
    if number in (signal.SIGKILL, signal.SIGTERM):
        worker.wait(timeout=30)
        worker.stdout.close()


@pytest.fixture
def workers(transactional_db) -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts workers for one test, on a queue that no other worker listens to, and ends them after it."""
    started = []
    with current_app.connection_for_write() as broker:
        broker.default_channel.queue_purge(APART)  # what an earlier test rang once too often

    def start(**options) -> subprocess.Popen:
        started.append(start_worker(queue=APART, **options))
        return started[-1]

    yield start
    for worker in started:
        if worker.poll() is None:
            stop(worker)


@pytest.fixture(scope="session")
def session_worker(django_db_setup, django_db_blocker) -> Iterator[subprocess.Popen]:
    """One worker for all tests that only need some worker."""
    with django_db_blocker.unblock():
        worker = start_worker()
    yield worker
    stop(worker)


@pytest.fixture
def worker(session_worker, transactional_db) -> Iterator[subprocess.Popen]:
    """The session's worker, and rows that it can see."""
    assert session_worker.poll() is None, "The session's worker has died."
    yield session_worker
    wait_for_quiet(moments=2)  # the dispatcher may have rung for a night's work, which goes on


@pytest.fixture
def dispatcher(worker) -> Iterator[subprocess.Popen]:
    """The real dispatcher beside the session's worker, for tests of commands that ask and wait."""
    ringing = subprocess.Popen(
        [sys.executable, "manage.py", "dispatch"],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": test_database_url()}, start_new_session=True,
    )  # fmt: skip
    yield ringing
    assert ringing.poll() is None, "The dispatcher has died."
    ringing.kill()
    ringing.wait()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real, open data, which is optional."""
    if not SHARED_DATA.is_dir():
        pytest.skip("The optional folder of real data, ../shared/data, is not here.")
    return SHARED_DATA


@pytest.fixture(autouse=True, scope="session")
def tables_emptied_after_a_test() -> Iterator[None]:
    """Nothing in the product empties a table, and the database refuses to; between two tests it has to be."""
    plain, may = DatabaseOperations.execute_sql_flush, NEVER_EMPTIED.replace("RAISE EXCEPTION", "RETURN NULL; RAISE")
    DatabaseOperations.execute_sql_flush = lambda self, sql: plain(self, [may, *sql, NEVER_EMPTIED])
    yield
    DatabaseOperations.execute_sql_flush = plain


@pytest.fixture(autouse=True)
def plain_http(settings):
    """Tests speak http to this machine only."""
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture(autouse=True)
def sessions_without_a_log_in(settings):
    """Most tests begin a session without the log-in; what asks for its proofs has tests of its own."""
    settings.MFA_REQUIRED = settings.CONFIRM_AGAIN = False


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """The cast's passwords guard nothing, and a slow digest of each would cost most of the time of the tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
