"""What a server that people reach refuses to start with, in words; and what a role in PostgreSQL may not be."""

from collections.abc import Iterator, Sequence

import psycopg
from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, connections

HERE = {"127.0.0.1", "localhost", "[::1]"}
PUBLISHED_KEYS = ("used-for-collecting-static-files-only", "django-insecure", "changeme", "change-me", "secret")
FEWEST_CHARACTERS = 10
SMALLEST_CELL = 3
ROLE = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
TOO_MIGHTY = (
    "The role in DATABASE_URL is a superuser or bypasses row security: triggers and walls between sites would not hold"
    " for it. Make one that is neither, as docs/operations.md, 'Install', says."
)
OWNER = "SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE oid = to_regclass('registry_patient')"
OWNS_TABLES = (
    "The role in DATABASE_URL owns the tables: it could take walls and triggers down. Name the owner in"
    " MIGRATION_DATABASE_URL, and in DATABASE_URL a role that owns nothing, as docs/operations.md, 'Install', says."
)


def refuse_unsafe(
    *, hosts: Sequence[str], key: str, debug: bool, plain_http: bool, min_cell: int, origins: Sequence[str]
) -> None:
    """ImproperlyConfigured, with every reason and its mend."""
    words = [
        *unsafe_everywhere(hosts, min_cell),
        *(unsafe_in_public(key, debug, plain_http, origins) if set(hosts) - HERE else ()),
    ]
    if words:
        raise ImproperlyConfigured(" ".join(words))


def unsafe_everywhere(hosts: Sequence[str], min_cell: int) -> Iterator[str]:
    if any(host in ("*", ".") for host in hosts):
        yield "ALLOWED_HOSTS names every host. Name the one under which people reach the registry."
    if min_cell < SMALLEST_CELL:
        yield f"MIN_CELL must be {SMALLEST_CELL} or more: smaller counts tell of single people."


def unsafe_in_public(key: str, debug: bool, plain_http: bool, origins: Sequence[str]) -> Iterator[str]:
    if debug:
        yield "DEBUG=1 shows the program's inside to whoever asks; it is for 127.0.0.1 alone. Set DEBUG=0."
    if plain_http:
        yield "INSECURE_COOKIES=1 is for plain http on 127.0.0.1 alone. Leave it out, and let a proxy end TLS."
    if key.lower().startswith(PUBLISHED_KEYS) or len(set(key)) < FEWEST_CHARACTERS:
        yield (
            "SECRET_KEY is a known or a simple one; this makes one: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    if any(not origin.startswith("https://") for origin in origins):
        yield "CSRF_TRUSTED_ORIGINS must begin with https://."


def is_too_mighty(asked) -> bool:
    """Whether the role of a connection could step over what the database holds."""
    with asked.cursor() as cursor:
        return any(cursor.execute(ROLE).fetchone())


@register(Tags.database)
def role_is_no_superuser(app_configs, databases=None, **kwargs) -> list[Error]:
    """For `migrate` and `check --database default`."""
    try:
        mighty = [alias for alias in databases or () if is_too_mighty(connections[alias])]
    except DatabaseError:  # whoever asked says so himself
        return []
    return [Error(TOO_MIGHTY, id="promontory.E001") for _ in mighty]


def refuse_mighty_role() -> None:
    """For the start of web server, worker and dispatcher; a database that is away is what /readyz says."""
    try:
        with psycopg.connect(**connection.get_connection_params()) as ours:  # none that a pool would keep over a fork
            mighty, owner = is_too_mighty(ours), any(ours.execute(OWNER).fetchone() or ())
    except psycopg.Error:
        return
    if mighty and not settings.DEBUG:
        raise ImproperlyConfigured(TOO_MIGHTY)
    if owner and set(settings.ALLOWED_HOSTS) - HERE:
        raise ImproperlyConfigured(OWNS_TABLES)
