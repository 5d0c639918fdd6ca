"""Views that ask once more who is there: the session may be hours old, and somebody else at the desk."""

from functools import wraps

from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings

from registry.signin.records import proved_lately


def confirm_who(request) -> None:
    """Leads to the page that asks for password or second factor, and back; what was sent is kept and sent again."""
    if settings.CONFIRM_AGAIN and request.user.is_authenticated and not proved_lately(request):
        raise ReauthenticationRequired


def confirmed(view):
    """A view for who has proved lately that she is who she is."""

    @wraps(view)
    def asking(request, *args, **kwargs):
        confirm_who(request)
        return view(request, *args, **kwargs)

    return asking
