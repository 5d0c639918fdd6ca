"""How often a token may call, and how many exports it may have running: counted in PostgreSQL, exactly.

The count is one statement, so that of calls that arrive together no two get the same number. Where it cannot be
counted, the call fails with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from rest_framework.exceptions import Throttled
from rest_framework.throttling import BaseThrottle

from registry.models import ApiToken, TokenCalls

MINUTE = 60
WAIT_FOR_EXPORT = 30
COUNT = f"""INSERT INTO {TokenCalls._meta.db_table} AS c (token_id, minute, calls)
VALUES (%s, date_trunc('minute', clock_timestamp()), 1)
ON CONFLICT (token_id) DO UPDATE SET minute = GREATEST(c.minute, EXCLUDED.minute),
    calls = CASE WHEN c.minute >= EXCLUDED.minute THEN c.calls + 1 ELSE 1 END
RETURNING calls, CEIL(EXTRACT(EPOCH FROM c.minute + interval '1 minute' - clock_timestamp()))::int"""
# The namespace of the locks that say: this token has an export running.
EXPORTS = 7_201


class RateLimited(Throttled):
    """Too many calls; Retry-After says when the next minute begins."""

    problem_type = "rate-limited"
    extra_detail_singular = "The next call is answered in {wait} second."
    extra_detail_plural = "The next call is answered in {wait} seconds."


@dataclass(frozen=True)
class Calls:
    """Where a token stands in this minute."""

    used: int
    limit: int
    ends_in: int

    @property
    def is_too_many(self) -> bool:
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        left = max(self.limit - self.used, 0)
        policy = f'"minute";q={self.limit};w={MINUTE}'
        return {"RateLimit-Policy": policy, "RateLimit": f'"minute";r={left};t={self.ends_in}'}


def count(token: ApiToken) -> Calls:
    """Count a call of the token."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [token.pk])
        used, ends_in = cursor.fetchone()
    return Calls(used, settings.API_CALLS_PER_MINUTE, min(max(ends_in, 1), MINUTE))


def refuse_too_many(request, token: ApiToken) -> None:
    """Count the call; RateLimited where the token has had its calls of this minute."""
    calls = request.rate = count(token)
    if calls.is_too_many:
        raise RateLimited(wait=calls.ends_in)


class PerToken(BaseThrottle):
    """Every call of the API by a token counts; a person in a session is not counted."""

    def allow_request(self, request, view) -> bool:
        token = getattr(request.user, "token", None)
        if token is not None:
            refuse_too_many(request._request, token)
        return True


def told_in_headers(get_response):
    """Middleware: an answer to a token says how many calls of this minute are left."""

    def middleware(request):
        response = get_response(request)
        calls = getattr(request, "rate", None)
        if calls is not None:
            for name, value in calls.headers().items():
                response.headers[name] = value
        return response

    return middleware


@contextmanager
def one_at_a_time(token: ApiToken | None) -> Iterator[None]:
    """A token has one export running at a time; another one meanwhile is RateLimited. None: a session, not held.

    The lock is the connection's: who dies leaves none.
    """
    if token is None:
        yield
        return
    key = [EXPORTS, token.pk.int % 2**31]
    if not asked("SELECT pg_try_advisory_lock(%s, %s)", key):
        raise RateLimited(wait=WAIT_FOR_EXPORT, detail="This token has an export running; it may have one at a time.")
    try:
        yield
    finally:
        asked("SELECT pg_advisory_unlock(%s, %s)", key)


def asked(statement: str, values: list[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]
