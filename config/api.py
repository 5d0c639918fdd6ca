"""How the API says no: one shape for all errors, RFC 9457 problem details."""

import hashlib
import json
from dataclasses import asdict
from http import HTTPStatus

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from django.http import Http404, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from rest_framework import exceptions
from rest_framework.views import APIView, exception_handler

from config.requests import TooLarge
from registry.errors import Refused, RegistryError
from registry.problem_types import type_of_refusal
from registry.redcap_api.refusals import refusal

PROBLEM = "application/problem+json"
TITLES = {401: "Not logged in", 403: "Not allowed"}


def translated(error: Exception) -> Exception:
    """Django's, PostgreSQL's and our own ways to say no, as the API's; what is unknown stays a crash."""
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RegistryError):
        return refused_as(error)
    if isinstance(error, DjangoValidationError):
        return exceptions.ValidationError(getattr(error, "message_dict", None) or error.messages)
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, DataError):
        return exceptions.ValidationError("A value is outside what can be stored.")
    return error


def refused_as(error: RegistryError) -> exceptions.APIException:
    """The record's no as 400, or as the status that it names."""
    code = getattr(error, "status_code", HTTPStatus.BAD_REQUEST)
    if code == HTTPStatus.BAD_REQUEST:
        return exceptions.ValidationError(str(error))
    refusal = exceptions.APIException(str(error))
    refusal.status_code = code
    return refusal


def problem_details(error: Exception, context: dict) -> HttpResponse | None:
    """The answer to an error, as application/problem+json; None lets our own mistakes crash.

    Broken rules of the record are listed one by one under `problems`. An error may name its type (`problem_type`) and
    bring members of its own (`members`).
    """
    response = exception_handler(translated(error), context)
    if response is None:
        return None
    by_field = response.status_code == HTTPStatus.BAD_REQUEST and isinstance(response.data, dict)
    errors = response.data if by_field and set(response.data) != {"detail"} else None
    problems = [asdict(problem) for problem in error.problems] if isinstance(error, Refused) else None
    members = {"errors": errors, "problems": problems, **getattr(error, "members", {})}
    return problem_instead_of(
        response, detail_of(response.data), type_of(error, response.status_code, context), members
    )


def type_of(error: Exception, status: int, context: dict) -> str:
    """The address of what the error means: by its own name, or by the status and by who asks."""
    by_token = getattr(context["request"].user, "token", None) is not None if status == HTTPStatus.FORBIDDEN else False
    return type_of_refusal(status, named=getattr(error, "problem_type", ""), by_token=by_token)


def problem_instead_of(response: HttpResponse, detail: str, kind: str = "", members: dict | None = None):
    """The same status and headers, with a problem as the body; ASCII, so that it can quote any text."""
    status = response.status_code
    title = TITLES.get(status, HTTPStatus(status).phrase)
    body = {"type": kind or type_of_refusal(status), "title": title, "status": status, "detail": detail}
    body |= {name: value for name, value in (members or {}).items() if value}
    problem = HttpResponse(json.dumps(body), status=status, content_type=PROBLEM)
    for name, value in response.headers.items():
        if name not in ("Content-Type", "Content-Length"):
            problem.headers[name] = value
    return problem


def detail_of(data) -> str:
    """The error in one sentence, whatever nesting the framework gave it."""
    if isinstance(data, dict):
        if set(data) == {"detail"}:
            return detail_of(data["detail"])
        return " ".join(f"{name}: {detail_of(value)}" for name, value in data.items())
    if isinstance(data, list):
        return " ".join(detail_of(item) for item in data)
    return str(data)


PROBLEM_FIELDS = {name: {"type": "string"} for name in ("rule", "field", "value", "message", "where")} | {
    "warning": {"type": "boolean", "description": "A reason given for the rule's code lets it pass."}
}


def describe_problems(result: dict, **context) -> dict:
    """For the schema: every endpoint says no with a problem."""
    result["components"]["schemas"]["Problem"] = {
        "type": "object",
        "description": "Why a request was refused (RFC 9457).",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "description": "The address of the page that says what this kind means."},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "The reason in a sentence."},
            "errors": {
                "type": "object",
                "description": "The reasons by parameter or field.",
                "additionalProperties": {},
            },
            "problems": {
                "type": "array",
                "description": "The broken rules of the record, one by one.",
                "items": {"type": "object", "properties": PROBLEM_FIELDS},
            },
        },
    }
    refused = {"description": "Refused.", "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["4XX"] = refused
    return result


class UnknownAddress(APIView):
    """Every address of the API that is none: 404 for who is logged in, 401 for everybody else."""

    schema = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound("There is nothing at this address. Addresses of the API end in a slash.")


def problems_only(get_response):
    """Middleware, the outermost: what is refused before a view of the API is reached says no in the API's shape too."""

    def middleware(request):
        response = get_response(request)
        if request.path.startswith("/redcap/") and response.headers.get("Content-Type", "").startswith("text/html"):
            return refusal(DETAILS.get(response.status_code, "The request was refused."), response.status_code, "json")
        refused = request.path.startswith("/api/") and response.status_code >= HTTPStatus.BAD_REQUEST
        if not refused or response.headers.get("Content-Type") == PROBLEM:
            return response
        return problem_instead_of(response, DETAILS.get(response.status_code, "The request was refused."))

    return middleware


def unchanged_is_304(get_response):
    """Middleware: an answer of the API has a tag of its bytes, and who has these bytes already gets 304 instead."""

    def middleware(request):
        response = get_response(request)
        if request.method != "GET" or not request.path.startswith("/api/"):
            return response
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization", "Cookie"])
        if response.status_code != HTTPStatus.OK or response.streaming:
            return response
        response.headers.setdefault("ETag", f'"{hashlib.sha256(response.content).hexdigest()}"')
        return get_conditional_response(request, etag=response.headers["ETag"], response=response)

    return middleware


DETAILS = {
    400: "The request cannot be read: a character that cannot be stored, too many fields, or an unknown host.",
    404: "There is nothing at this address.",
    500: "The mistake is ours; it was logged.",
    503: "The database does not answer just now. Wait a moment and ask again.",
}
