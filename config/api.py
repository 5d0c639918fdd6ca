"""How the API says no: one shape for all errors, RFC 9457 problem details."""

import structlog
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from registry.errors import RegistryError

log = structlog.get_logger("promontory.api")


def translated(error: Exception) -> Exception:
    """Django's, PostgreSQL's and our own ways to say no, as the API's; what is unknown stays a crash."""
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RegistryError):
        return exceptions.ValidationError(str(error))
    if isinstance(error, DjangoValidationError):
        return exceptions.ValidationError(getattr(error, "message_dict", None) or error.messages)
    if isinstance(error, DataError):
        return exceptions.ValidationError("A value is outside what can be stored.")
    return error


def problem_details(error: Exception, context: dict) -> Response | None:
    """The answer to an error, as application/problem+json; None lets our own mistakes crash."""
    error = translated(error)
    response = exception_handler(error, context)
    if response is None:
        return None
    set_rollback()
    titles = {400: "Bad request", 401: "Not logged in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed"}
    body = {
        "type": "about:blank",
        "title": titles.get(response.status_code, error.default_detail),
        "status": response.status_code,
        "detail": detail_of(response.data),
    }
    if response.status_code == status.HTTP_400_BAD_REQUEST and isinstance(response.data, dict):
        body["errors"] = response.data
    response.data = body
    response.content_type = "application/problem+json"
    return response


def detail_of(data) -> str:
    """The error in one sentence, whatever nesting the framework gave it."""
    if isinstance(data, dict):
        if set(data) == {"detail"}:
            return detail_of(data["detail"])
        return " ".join(f"{name}: {detail_of(value)}" for name, value in data.items())
    if isinstance(data, list):
        return " ".join(detail_of(item) for item in data)
    return str(data)
