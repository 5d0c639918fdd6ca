"""Reads settings from the environment, and says how to mend what is missing."""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured


def env(name: str, default: str | None = None) -> str:
    """The variable, or its default; raises ImproperlyConfigured, with the mend, where both are missing."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name}. README.md, 'Real servers', says what it is; ./dev sets it for you.")
    return value


def env_bool(name: str, default: bool) -> bool:
    """1 or 0, and nothing else, so that a typing error cannot switch a protection off."""
    value = env(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value == "1"


def env_int(name: str, default: int) -> int:
    """A whole number above zero."""
    value = env(name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) == 0:
        raise ImproperlyConfigured(f"{name} must be a whole number above 0, not {value!r}.")
    return int(value)


def env_choice(name: str, *values: str) -> str:
    """One of the values; the first where nothing is said."""
    value = env(name, values[0])
    if value not in values:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(values)}, not {value!r}.")
    return value


def env_list(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def env_secret(name: str, default: str | None = None) -> str:
    """The variable, or the content of the file that NAME_FILE names (secrets as files in containers)."""
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return env(name, default)
    if os.environ.get(name):
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both: one of them would be passed over in silence.")
    if not Path(path).is_file():
        raise ImproperlyConfigured(f"{name}_FILE names a file that is not there: {path}")
    return Path(path).read_text(encoding="utf-8").strip()


def env_keys(name: str) -> list[str]:
    """Keys that encrypt fields, separated by commas: the first encrypts, each of them decrypts."""
    keys = [part.strip() for part in env_secret(name).split(",") if part.strip()]
    try:
        usable = [Fernet(key) for key in keys]
    except ValueError:
        usable = []
    if not usable:
        raise ImproperlyConfigured(
            f"{name} must hold one or more keys, separated by commas; this makes one: "
            "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        )
    return keys


def as_owner() -> None:
    """For what makes tables: it connects as their owner, where that is another role than the program's.

    Who was started by somebody that is the owner already, is.
    """
    owners, ours = env_secret("MIGRATION_DATABASE_URL", ""), env_secret("DATABASE_URL")
    if owners and role_of(owners) != role_of(ours):
        os.environ |= {"APP_DATABASE_URL": ours, "DATABASE_URL": with_role_of(owners, ours)}
        os.environ.pop("DATABASE_URL_FILE", None)


def role_of(url: str) -> str:
    """User and password of a URL, as they stand in it."""
    return urlsplit(url).netloc.rpartition("@")[0]


def with_role_of(other: str, url: str) -> str:
    """The database of `url`, as the role of the other: a migration never reaches another database than the program."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{role_of(other)}@{parts.netloc.rpartition('@')[2]}"))


def app_role() -> str:
    """The role that the owner lets in to the tables; empty where the program is their owner."""
    return database(os.environ["APP_DATABASE_URL"])["USER"] if "APP_DATABASE_URL" in os.environ else ""


def broker(url: str) -> str:
    """The URL of a Redis server, as Celery takes it."""
    if not url.startswith(("redis://", "rediss://", "redis+socket://")):
        raise ImproperlyConfigured("REDIS_URL must look like redis://host:6379/0 or redis+socket:///folder/redis.sock")
    return url


def database(url: str) -> dict:
    """Django's settings for a postgresql:// URL; a socket folder goes in ?host=. What is wrong is never repeated."""
    mend = ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise mend from None
    if parts.scheme not in ("postgresql", "postgres") or len(parts.path) < 2:
        raise mend
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(port or query.pop("port", "")),
        "OPTIONS": query,
    }


def with_timeouts(options: str, **seconds: int) -> str:
    """What a connection is opened with; what the URL says comes last, and wins."""
    return " ".join([*(f"-c {name}={value}s" for name, value in seconds.items()), options]).strip()
