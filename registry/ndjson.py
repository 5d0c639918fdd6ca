"""A whole list as one stream, a JSON object a line: PostgreSQL writes the lines, and they are sent on as they are.

The memory of the server does not depend on how many rows there are: a block is read from the database when the one
before it has been sent. Who stops reading stops the query.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError

from registry.access import Profile
from registry.pulls import log_pull
from registry.throttle import one_at_a_time
from registry.walls import Carried

MEDIA_TYPE = "application/x-ndjson"
FORMAT = OpenApiParameter(
    "format",
    str,
    enum=["json", "ndjson"],
    description="ndjson: the whole list at once, a row a line, without pages; for tokens alone.",
)
# Quotes and delimiters that no line has, because JSON escapes control characters: nothing is quoted, nothing doubled.
AS_IT_IS = r"(FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"
BLOCK = 2**16
# What the log says of a stream besides 200: that it has begun, and that its reader left.
BEGUN, CLIENT_LEFT = 102, 499


def wants_lines(request) -> bool:
    """Whether the whole list is asked for; 400 for a page of it."""
    wanted = request.query_params.get("format", "json")
    if wanted not in FORMAT.enum:
        raise ValidationError({"format": f"Choose one of {', '.join(FORMAT.enum)}."})
    paged = {"cursor", "page_size"} & set(request.query_params)
    if wanted == "ndjson" and paged:
        raise ValidationError(dict.fromkeys(paged, "format=ndjson gives the whole list: it has no pages."))
    return wanted == "ndjson"


def whole_list(request, parts: Iterable[QuerySet], profile: Profile) -> HttpResponseBase:
    """The `line` of every row of these querysets. 429 where the token has another stream open."""
    if request.method == "HEAD":
        return HttpResponse(content_type=MEDIA_TYPE)
    return StreamingHttpResponse(Carried(Stream(request, list(parts), profile)), content_type=MEDIA_TYPE)


def statement_of(parts: Iterable[QuerySet], profile: Profile) -> tuple[str, tuple]:
    """One COPY of all parts, so that they are of one moment; '' where nothing can be in it.

    Without identifiers in the order of the ids that the recipient knows: the order in which rows lie in the database
    would be the same for two recipients, and would join what they have.
    """
    selects, params = [], ()
    for part in parts:
        try:
            sql, values = part.order_by().values_list("sent_id", "line").query.sql_with_params()
        except EmptyResultSet:
            continue
        selects.append(f"({sql})")
        params += values
    ordered = "" if profile == Profile.IDENTIFIED else "ORDER BY sent_id"
    rows = f"SELECT line FROM ({' UNION ALL '.join(selects)}) AS rows(sent_id, line) {ordered}"
    return (f"COPY ({rows}) TO STDOUT {AS_IT_IS}", params) if selects else ("", ())


class Stream:
    """The blocks of a stream. Logged when it begins, so that no server that dies can hide it, and when it was sent or
    its reader left. A block counts before it is sent: the log may say more than came, never less."""

    def __init__(self, request, parts: list[QuerySet], profile: Profile):
        self.request, self.profile = request, profile
        self.copied = statement_of(parts, profile)
        self.rows = self.size = 0
        self.is_whole = self.is_closed = False
        with ExitStack() as opened:
            opened.enter_context(one_at_a_time(request.user.token))
            self.blocks = opened.enter_context(closing(self.read()))
            self.log(BEGUN)
            self.open = opened.pop_all()

    def __iter__(self) -> Iterator[bytes]:
        for block in self.blocks:
            self.rows += block.count(b"\n")
            self.size += len(block)
            yield block
        self.is_whole = True

    def read(self) -> Iterator[bytes]:
        """The lines in blocks of some size: one of each line would cost more than the line."""
        sql, params = self.copied
        if not sql:
            return
        waiting = bytearray()
        with connection.cursor() as cursor, cursor.cursor.copy(sql, params) as copy:
            for line in copy:
                waiting += line
                if len(waiting) >= BLOCK:
                    yield bytes(waiting)
                    waiting.clear()
        if waiting:
            yield bytes(waiting)

    def close(self) -> None:
        """End the query, let the token ask for another stream, and log what was sent."""
        if self.is_closed:
            return
        self.is_closed = True
        self.open.close()
        self.log(200 if self.is_whole else CLIENT_LEFT)

    def log(self, status: int) -> None:
        log_pull(
            self.request, user=self.request.user, profile=self.profile, rows=self.rows, size=self.size, status=status
        )
