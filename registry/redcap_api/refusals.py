"""How this address says no: JSON with an `error` (a problem, RFC 9457), CSV as ERROR: …, XML as <hash><error>."""

import json
from http import HTTPStatus
from xml.sax.saxutils import escape

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.views import exception_handler

from registry.problem_types import type_of_refusal

PROBLEM = "application/problem+json"
FORMATS = ("json", "csv", "xml")


class Refusal(APIException):
    """What was asked cannot be answered; the detail says what to write instead."""

    status_code = HTTPStatus.BAD_REQUEST


class Forbidden(APIException):
    """What was asked may not be done with this token."""

    status_code = HTTPStatus.FORBIDDEN


class ReadOnly(Forbidden):
    """What was asked would change something."""

    problem_type = "read-only"


def say_no(error: Exception, context: dict) -> HttpResponse | None:
    """The answer to an error in the format that was asked for; None lets our own mistakes crash."""
    known = Refusal("The request has too many fields.") if isinstance(error, SuspiciousOperation) else error
    response = exception_handler(known, context)
    if response is None:
        return None
    said = response.data.get("detail") if isinstance(response.data, dict) else None
    answer = refusal(str(said or "The request was refused."), response.status_code, wanted_format(context["request"]),
                     named=getattr(error, "problem_type", ""))  # fmt: skip
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer


def wanted_format(request) -> str:
    """returnFormat, else format, else XML, also where the request could not be read; JSON for who sends no form."""
    if request.method != "POST":
        return "json"
    try:
        said = request.data
    except (APIException, SuspiciousOperation):
        return "xml"
    for name in ("returnFormat", "format"):
        value = said.get(name, "")
        if value in FORMATS:
            return value
    return "xml"


def refusal(detail: str, status: int, form: str, *, named: str = "") -> HttpResponse:
    """One sentence in one of the three shapes; only programs with a token ask here."""
    if form == "json":
        title = HTTPStatus(status).phrase
        kind = type_of_refusal(status, named=named, by_token=True)
        body = {"type": kind, "title": title, "status": status, "detail": detail, "error": detail}
        return HttpResponse(json.dumps(body), status=status, content_type=PROBLEM)
    if form == "csv":
        return HttpResponse(f"ERROR: {detail}", status=status, content_type="text/csv; charset=utf-8")
    body = f'<?xml version="1.0" encoding="UTF-8" ?>\n<hash><error>{escape(detail)}</error></hash>'
    return HttpResponse(body, status=status, content_type="text/xml; charset=utf-8")
