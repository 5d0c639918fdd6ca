"""A server that people reach does not start with settings, or with a role in PostgreSQL, that are not safe."""

import os
import re
import subprocess
import sys

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from config.backup import conninfo
from config.environment import with_role_of
from config.management.commands import migrate
from config.quality import as_deployed
from config.safety import refuse_unsafe
from tests.config.processes import ROOT
from tests.config.test_settings import start
from tests.conftest import test_database_url as database_url

GOOD_KEY = "dRk2vXq8sLw0-ZtYp4mNcB7hJf3gUe5a"
PUBLIC = {"ALLOWED_HOSTS": "registry.example", "SECRET_KEY": GOOD_KEY}
# (what is unsafe, what the refusal says)
UNSAFE = [
    ({"DEBUG": "1"}, "DEBUG=1 shows the program's inside"),
    ({"INSECURE_COOKIES": "1"}, "INSECURE_COOKIES=1 is for plain http on 127.0.0.1 alone"),
    ({"SECRET_KEY": "k" * 50}, "SECRET_KEY is a known or a simple one"),
    ({"SECRET_KEY": "django-insecure-" + GOOD_KEY}, "SECRET_KEY is a known or a simple one"),
    ({"SECRET_KEY": "used-for-collecting-static-files-only"}, "SECRET_KEY is a known or a simple one"),
    ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS names every host"),
    ({"CSRF_TRUSTED_ORIGINS": "http://registry.example"}, "CSRF_TRUSTED_ORIGINS must begin with https://"),
    ({"MIN_CELL": "2"}, "MIN_CELL must be 3 or more"),
]


@pytest.mark.parametrize(("unsafe", "said"), UNSAFE)
def test_unsafe_settings_are_refused_in_words(unsafe, said):
    done = start(**(PUBLIC | unsafe))
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured" in last and said in last
    assert GOOD_KEY not in done.stderr


def test_settings_of_a_public_server_that_are_safe_start():
    """Negative control of the refusals."""
    assert start(**PUBLIC, CSRF_TRUSTED_ORIGINS="https://registry.example").returncode == 0


def test_all_that_is_unsafe_is_said_at_once():
    with pytest.raises(ImproperlyConfigured) as refused:
        refuse_unsafe(hosts=["*"], key="k" * 50, debug=True, plain_http=True, min_cell=1, origins=["http://a"])
    assert all(word in str(refused.value) for _, words in UNSAFE for word in [words.split()[0]])


def mighty_url() -> str:
    """The database, as the superuser that ./dev has; skips where there is none to be had."""
    url = re.sub(r"//[^@]*@", "//postgres@", database_url())
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        pytest.skip("The superuser of this PostgreSQL is not ours to use.")
    return url


@pytest.mark.parametrize("argv", [("-c", "import config.wsgi"), ("manage.py", "check", "--database", "default")])
@pytest.mark.django_db(transaction=True)
def test_a_superuser_is_refused_by_the_web_server_and_by_checks_and_our_role_is_not(argv):
    for url, code in ((mighty_url(), 1), (database_url(), 0)):
        env = os.environ | {"DATABASE_URL": url}
        done = subprocess.run([sys.executable, *argv], cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        assert ("is a superuser or bypasses row security" in done.stderr) == bool(code)


WORKER = ("-m", "celery", "-A", "config", "worker", "--pool", "solo")


@pytest.mark.parametrize("argv", [("manage.py", "dispatch"), WORKER])
@pytest.mark.django_db(transaction=True)
def test_neither_worker_nor_dispatcher_starts_as_a_superuser(argv):
    env = os.environ | {"DATABASE_URL": mighty_url()}
    done = subprocess.run([sys.executable, *argv], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "is a superuser or bypasses row security" in done.stdout + done.stderr


@pytest.mark.django_db(transaction=True)
def test_under_a_public_name_the_owner_of_the_tables_is_refused_and_the_programs_role_is_not():
    if "APP_DATABASE_URL" not in os.environ:
        pytest.skip("These tests were started with one role for everything: no MIGRATION_DATABASE_URL.")
    for url, code in ((with_role_of(os.environ["DATABASE_URL"], database_url()), 1), (database_url(), 0)):
        env = as_deployed(os.environ | {"DATABASE_URL": url})
        asked = (sys.executable, "-c", "import config.wsgi")
        done = subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        assert ("owns the tables" in done.stderr) == bool(code)


def test_the_check_of_a_deployment_is_clean_with_production_settings():
    env = as_deployed(dict(os.environ))
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.django_db
def test_the_programs_connections_have_time_limits():
    with connection.cursor() as cursor:
        for name, limit in (("statement_timeout", "5min"), ("lock_timeout", "30s"),
                            ("idle_in_transaction_session_timeout", "10min")):  # fmt: skip
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (limit,)


@pytest.mark.django_db(transaction=True)
def test_a_migration_gives_way_to_people_in_words_and_does_not_hang(monkeypatch):
    """A forgotten transaction holds the table of migrations."""
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "200ms")
    with psycopg.connect(conninfo()) as forgotten:
        forgotten.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(CommandError, match="the migration gave way"):
            call_command("migrate", verbosity=0)
        forgotten.rollback()
    with connections["default"].cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("30s",), "what was set for the migration stays with it"
    call_command("migrate", verbosity=0)
