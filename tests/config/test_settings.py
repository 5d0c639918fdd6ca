"""The program does not start half-set, and says how to mend it."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import database, env, env_bool, env_int, env_list, env_secret
from tests.config.processes import ROOT

WHOLE = {
    "SECRET_KEY": "k" * 32,
    "FIELD_KEYS": "k" * 43 + "=",
    "DATABASE_URL": "postgresql://someone@/promontory?host=/nowhere",
    "REDIS_URL": "redis+socket:///nowhere/redis.sock",
}


def start(script: str = "import config.settings", **environment: str | None) -> subprocess.CompletedProcess:
    """Python with this environment and nothing else of ours; None takes a variable away."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    given = {name: value for name, value in (WHOLE | environment).items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=kept | given, capture_output=True, text=True, timeout=120
    )


# (what is wrong with the environment, what the last line of the refusal says)
HALF_SET = [
    ({"SECRET_KEY": None}, "Set SECRET_KEY."),
    ({"DATABASE_URL": None}, "Set DATABASE_URL."),
    ({"REDIS_URL": None}, "Set REDIS_URL."),
    ({"FIELD_KEYS": None}, "Set FIELD_KEYS."),
    ({"FIELD_KEYS": ""}, "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"),
    ({"FIELD_KEYS": "k" * 43 + "=,short"}, "FIELD_KEYS must hold one or more keys, separated by commas"),
    ({"MFA_REQUIRED": "no"}, "MFA_REQUIRED must be 1 or 0, not 'no'."),
    ({"SECRET_KEY": "k" * 31}, "python -c 'import secrets; print(secrets.token_urlsafe(48))'"),
    ({"SECRET_KEY": ""}, "SECRET_KEY must have 32 characters or more"),
    ({"SECRET_KEY": None, "SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE names a file that is not there"),
    ({"SECRET_KEY_FILE": "/nowhere/key"}, "Set SECRET_KEY or SECRET_KEY_FILE, not both"),
    ({"DATABASE_URL": "sqlit" + "e:///promontory.db"}, "DATABASE_URL must look like postgresql://"),
    ({"DATABASE_URL": "postgresql://someone@host:5432/"}, "DATABASE_URL must look like postgresql://"),
    ({"REDIS_URL": "localhost:6379"}, "REDIS_URL must look like redis://host:6379/0"),
    ({"DEBUG": "yes"}, "DEBUG must be 1 or 0, not 'yes'."),
    ({"INSECURE_COOKIES": "true"}, "INSECURE_COOKIES must be 1 or 0, not 'true'."),
    ({"BEHIND_PROXY": ""}, "BEHIND_PROXY must be 1 or 0, not ''."),
    ({"JOB_LEASE_SECONDS": "0"}, "JOB_LEASE_SECONDS must be a whole number above 0, not '0'."),
    ({"JOB_LEASE_SECONDS": "1.5"}, "JOB_LEASE_SECONDS must be a whole number above 0, not '1.5'."),
    ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be json or plain, not 'xml'."),
    ({"STATEMENT_TIMEOUT_SECONDS": "0"}, "STATEMENT_TIMEOUT_SECONDS must be a whole number above 0"),
]


@pytest.mark.parametrize(("wrong", "said"), HALF_SET)
def test_a_half_set_environment_is_refused_with_the_way_to_mend_it(wrong, said):
    done = start(**wrong)
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert said in last


def test_a_whole_environment_starts_and_is_safe_by_default():
    shown = (
        "DEBUG, SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE, SECURE_SSL_REDIRECT, SECURE_HSTS_SECONDS > 0,"
        " MFA_REQUIRED, CONFIRM_AGAIN"
    )
    done = start(f"from config.settings import *\nprint({shown})")
    assert (done.stdout.strip(), done.stderr) == ("False True True True True True True", "")


def test_the_refusal_never_shows_a_secret():
    done = start(SECRET_KEY="a secret too short", DATABASE_URL="mysql://someone:pass-word@host/name")
    assert done.returncode != 0
    for wrong in (done, start(DATABASE_URL="mysql://someone:pass-word@host/name")):
        assert "a secret too short" not in wrong.stderr
        assert "pass-word" not in wrong.stderr


def test_a_variable_that_is_missing_and_has_no_default_says_where_to_read(monkeypatch):
    monkeypatch.delenv("SOMETHING", raising=False)
    assert env("SOMETHING", "a default") == "a default"
    with pytest.raises(ImproperlyConfigured, match=r"^Set SOMETHING\. README\.md"):
        env("SOMETHING")
    monkeypatch.setenv("SOMETHING", "")
    assert env("SOMETHING", "a default") == ""


@pytest.mark.parametrize(("text", "value"), [("1", True), ("0", False)])
def test_a_switch_is_one_or_nought(monkeypatch, text, value):
    monkeypatch.setenv("SWITCH", text)
    assert env_bool("SWITCH", not value) is value
    monkeypatch.delenv("SWITCH")
    assert env_bool("SWITCH", value) is value


@pytest.mark.parametrize("text", ["True", "yes", "", " 1", "01", "2", "on"])
def test_a_switch_that_is_anything_else_is_refused(monkeypatch, text):
    monkeypatch.setenv("SWITCH", text)
    with pytest.raises(ImproperlyConfigured, match="SWITCH must be 1 or 0"):
        env_bool("SWITCH", False)


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "", " 5", "\u0665", "\u00b2", "1_000"])
def test_a_number_that_is_not_a_whole_one_above_nought_is_refused(monkeypatch, text):
    monkeypatch.setenv("NUMBER", text)
    with pytest.raises(ImproperlyConfigured, match="NUMBER must be a whole number above 0"):
        env_int("NUMBER", 5)


def test_a_number_and_a_list_are_read(monkeypatch):
    monkeypatch.setenv("NUMBER", "60")
    monkeypatch.setenv("NAMES", " one.example , two.example,, ")
    assert env_int("NUMBER", 5) == 60
    assert env_list("NAMES") == ["one.example", "two.example"]
    monkeypatch.delenv("NAMES")
    assert env_list("NAMES") == []


def test_a_secret_comes_from_its_variable_or_from_its_file_and_never_from_both(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("KEY", "from the variable")
    assert env_secret("KEY") == "from the variable"
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(ImproperlyConfigured, match="Set KEY or KEY_FILE, not both"):
        env_secret("KEY")
    monkeypatch.delenv("KEY")
    assert env_secret("KEY") == "from the file"
    monkeypatch.setenv("KEY_FILE", str(tmp_path))
    with pytest.raises(ImproperlyConfigured, match="KEY_FILE names a file that is not there"):
        env_secret("KEY")


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        (
            "postgresql://someone:p%40ss%2Fword@db.example:5433/promontory",
            {"NAME": "promontory", "USER": "someone", "PASSWORD": "p@ss/word", "HOST": "db.example", "PORT": "5433"},
        ),
        (
            "postgres://someone@/promontory?host=/run/sockets&port=5434&sslmode=require",
            {"NAME": "promontory", "USER": "someone", "PASSWORD": "", "HOST": "/run/sockets", "PORT": "5434",
             "OPTIONS": {"sslmode": "require"}},
        ),
        ("postgresql:///promontory", {"NAME": "promontory", "USER": "", "PASSWORD": "", "HOST": "", "PORT": ""}),
    ],
)  # fmt: skip
def test_a_database_url_is_read(url, meant):
    assert database(url) == {"OPTIONS": {}} | meant


@pytest.mark.parametrize(
    "url",
    ["", "promontory", "mysql://a@b/c", "postgresql://a@b", "postgresql://a@b/", "postgresql://a@b:port/c",
     "postgresql://a@b:99999/c", "postgresql://a@[b/c"],
)  # fmt: skip
def test_a_database_url_that_is_none_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must look like"):
        database(url)


SHOWN = "print(os.environ['DATABASE_URL'], os.environ.get('APP_DATABASE_URL'), app_role())"
AS_OWNER = f"import os\nfrom config.environment import app_role, as_owner\nas_owner()\n{SHOWN}\nas_owner()\n{SHOWN}"
OWNERS = "postgresql://owner@/promontory?host=/nowhere"


def test_what_makes_tables_is_their_owner_and_knows_the_programs_role_however_often_it_is_asked():
    done = start(AS_OWNER, MIGRATION_DATABASE_URL=OWNERS)
    assert done.stdout.splitlines() == [f"{OWNERS} {WHOLE['DATABASE_URL']} someone"] * 2


def test_the_owners_url_tells_who_makes_tables_and_never_in_which_database():
    done = start(AS_OWNER, MIGRATION_DATABASE_URL="postgresql://owner@elsewhere/another")
    assert done.stdout.splitlines()[0].split()[0] == OWNERS


def test_where_no_owner_is_named_the_programs_role_is_the_owner():
    assert start(AS_OWNER).stdout.splitlines() == [f"{WHOLE['DATABASE_URL']} None "] * 2
