"""Guesses at a name from anywhere, counted together for a day (NIST SP 800-63B-4: at most 100)."""

from allauth.core.internal.ratelimit import RateLimitUsage, clear, consume

COUNTED = {"app": "allauth.account", "action": "login_failed_anywhere"}


def counted(request, username: str) -> RateLimitUsage | None:
    """One more; None where there were too many."""
    return consume(request, **COUNTED, key=username.lower())


def forgotten(username: str) -> None:
    """The count begins anew."""
    clear(None, **COUNTED, key=username.lower())
