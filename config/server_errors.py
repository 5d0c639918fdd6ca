"""When it is not the request that is wrong: the page for a mistake of ours, and for a database that does not answer."""

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token
from django.views.defaults import server_error

RETRY_SECONDS = 5


@requires_csrf_token
def failed(request: HttpRequest) -> HttpResponse:
    """503 where the database was away, too busy or restarting: to send it again is safe. Else 500."""
    if not isinstance(sys.exc_info()[1], OperationalError):
        return server_error(request)
    response = render(None, "503.html", status=503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
