"""/livez: this process answers. /readyz: the registry can be used. Neither says more than one word to a stranger.

What is wrong stands in the log and in `manage.py readiness`. Readiness asks on a connection of its own, so that a full
pool or a restart of PostgreSQL cannot make it wait; its answer holds for a second, so that asking often costs nothing.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pgtrigger
import psycopg
import redis
import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.broker import client
from config.walls import EVERYWHERE, fallen

log = structlog.get_logger("promontory.health")
HOLDS_SECONDS = 1.0
PATIENCE = {"connect_timeout": 2, "options": "-c statement_timeout=2000 -c lock_timeout=1000"}
LONGEST_QUEUED = timedelta(seconds=60)
LEAST_FREE = 200 * 1024 * 1024
# To be given a transaction's number is to write: a standby and a read-only server refuse it.
WRITEABLE = "SELECT pg_current_xact_id()"
QUEUED = "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM registry_job WHERE state = 'queued'"
ARMED = """SELECT relname || '.' || tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: whether the registry can still be used, and in words for its operator."""

    check: str
    words: str
    is_fatal: bool


@dataclass
class Latest:
    """The last answer and when it was found; one request at a time looks anew."""

    lock: threading.Lock
    at: float = float("-inf")
    findings: tuple[Finding, ...] = ()


LATEST = Latest(threading.Lock())


def findings() -> list[Finding]:
    """Everything that is wrong now."""
    return [*of_the_database(), *of_the_broker(), *of_the_disk()]


def of_the_database() -> list[Finding]:
    """Fatal where it takes no writes, is not migrated, lacks a trigger or a wall; jobs that wait too long are not."""
    wanted = {name: value for name, value in connection.get_connection_params().items() if name not in PATIENCE}
    try:
        with psycopg.connect(**wanted, **PATIENCE, autocommit=True) as ours:
            ours.execute(WRITEABLE)
            ours.execute(EVERYWHERE)  # a job waits at some site, and how long is all that is asked
            found = [check(ours) for check in (unapplied, disarmed, breached, late_jobs)]
    except psycopg.Error as error:
        return [Finding("database", f"The database takes no writes ({type(error).__name__}).", True)]
    return [each for each in found if each is not None]


def unapplied(ours: psycopg.Connection) -> Finding | None:
    applied = set(ours.execute("SELECT app, name FROM django_migrations").fetchall())
    missing = MigrationLoader(None, ignore_no_migrations=True).disk_migrations.keys() - applied
    words = f"{len(missing)} migrations are not applied: run manage.py migrate."
    return Finding("migrations", words, True) if missing else None


def disarmed(ours: psycopg.Connection) -> Finding | None:
    wanted = {f"{model._meta.db_table}.{trigger.get_pgid(model)}" for model, trigger in pgtrigger.registered()}
    missing = wanted - {row[0] for row in ours.execute(ARMED).fetchall()}
    return Finding("triggers", f"Absent or disabled: {', '.join(sorted(missing)[:5])}.", True) if missing else None


def breached(ours: psycopg.Connection) -> Finding | None:
    missing = fallen(ours)
    return Finding("walls", f"No wall between sites before: {', '.join(missing[:5])}.", True) if missing else None


def late_jobs(ours: psycopg.Connection) -> Finding | None:
    waited = timedelta(seconds=float(ours.execute(QUEUED).fetchone()[0]))
    words = f"A job waits since {waited.total_seconds():.0f} s: look at worker and dispatcher."
    return Finding("queue", words, False) if waited > LONGEST_QUEUED else None


def of_the_broker() -> list[Finding]:
    """Not fatal: jobs wait in PostgreSQL until it is back."""
    try:
        with client(settings.REDIS_URL) as asked:
            asked.ping()
    except (redis.RedisError, OSError) as error:
        return [Finding("broker", f"Redis does not answer ({type(error).__name__}); jobs wait.", False)]
    return []


def of_the_disk() -> list[Finding]:
    """Where uploads and files under way are kept for a moment."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    words = f"{free // 1024 // 1024} MB are free for temporary files."
    return [Finding("disk", words, False)] if free < LEAST_FREE else []


def latest_findings(now: Callable[[], float] = time.monotonic) -> tuple[Finding, ...]:
    """Those of a second ago, or of now; what is new goes to the log."""
    with LATEST.lock:
        moment = now()
        if moment - LATEST.at > HOLDS_SECONDS:
            found = tuple(findings())
            for each in set(found) - set(LATEST.findings):
                log.warning("not ready" if each.is_fatal else "degraded", check=each.check, why=each.words)
            LATEST.findings, LATEST.at = found, moment
        return LATEST.findings


def word_for(found: tuple[Finding, ...]) -> str:
    if any(each.is_fatal for each in found):
        return "unavailable"
    return "degraded" if found else "ready"


@never_cache
@login_not_required
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """The process alone: whoever restarts it need not know more."""
    return JsonResponse({"status": "alive"})


@never_cache
@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while people can enter data, whatever waits; 503 where they cannot."""
    word = word_for(latest_findings())
    return JsonResponse({"status": word}, status=503 if word == "unavailable" else 200)
