"""Log lines that carry ids and never a patient's row: plain ones for ./dev, one JSON object each in production."""

import json
import logging
import re
import time
import uuid

import structlog

# PostgreSQL repeats the failing row in DETAIL and the statement's values in CONTEXT: both may hold patient data, over
# several lines, and stand as \n in an exception's repr. In a traceback they end where the next exception begins.
ROW = re.compile(
    r"(?:^[ |]*|\\n)(?:DETAIL|CONTEXT|QUERY|HINT):  ?.*?(?=\n\n(?:The above exception was|During handling of)|\Z)",
    re.M | re.S,
)
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
log = structlog.get_logger("promontory.requests")


def without_rows(text: str) -> str:
    return ROW.sub("", text).rstrip("\n")


class WithoutRows(logging.Formatter):
    """A formatter that drops what PostgreSQL says of the row, from messages and tracebacks alike."""

    def format(self, record: logging.LogRecord) -> str:
        return without_rows(super().format(record))


class JsonLines(WithoutRows):
    """One JSON object a line: when, how bad, who says it, what; the ids of the request and of the job; a traceback."""

    converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": without_rows(record.getMessage()),
        }
        fields = structlog.contextvars.get_contextvars() | getattr(record, "fields", {})
        said |= {name: scrubbed(value) for name, value in fields.items() if name not in said}
        if record.exc_info:
            said["traceback"] = without_rows(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=True)


def scrubbed(value: object) -> object:
    """Numbers and truth as they are, everything else as text without rows."""
    return value if isinstance(value, bool | int | float) else without_rows(str(value))


def as_record(logger, name: str, event: dict) -> tuple[tuple[str], dict]:
    """The last of structlog's processors for JSON: the words as the message, the rest as fields of its record."""
    return (str(event.pop("event")),), {"extra": {"fields": event}}


def processors(form: str) -> list:
    """What structlog does to each event, for json and for plain lines."""
    last = as_record if form == "json" else structlog.processors.KeyValueRenderer(key_order=["event"])
    level = [] if form == "json" else [structlog.processors.add_log_level]
    return [structlog.contextvars.merge_contextvars, *level, last]


def logging_settings(form: str, level: str) -> dict:
    """LOGGING of the settings: every line goes to standard error, by one of the two formatters."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {"()": "config.logs.WithoutRows", "format": "%(levelname)s %(name)s %(message)s"},
            "json": {"()": "config.logs.JsonLines"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "promontory": {"level": "INFO", "propagate": True},
            # Django's handlers would print exceptions a second time, past our formatter.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


def request_named(get_response):
    """Middleware: every line that is logged while a request is answered has its id; so has the answer.

    A proxy's X-Request-ID is kept where it looks like one. The line names the address's kind, never the address.
    """

    def middleware(request):
        asked = request.headers.get("X-Request-ID", "")
        name = asked if REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        began = time.monotonic()
        with structlog.contextvars.bound_contextvars(request=name):
            response = get_response(request)
            route = request.resolver_match.view_name if request.resolver_match else ""
            took = round((time.monotonic() - began) * 1000)
            log.info("answered", method=request.method, route=route, status=response.status_code, ms=took)
        response.headers["X-Request-ID"] = name
        return response

    return middleware
