"""How the person of a session has proved who she is, and when."""

import time

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings


def proved_lately(request) -> bool:
    """Whether somebody logged in here, or confirmed who she is, within the last minutes."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def proved_twice(request) -> bool:
    """Whether a second factor was shown in this session; a passkey alone is one."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def note_factor(request) -> None:
    """A second factor was set up in this session, which takes showing it once."""
    record_authentication(request, request.user, method="mfa")
