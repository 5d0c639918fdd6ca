"""Reads who is asking from `Authorization: Bearer …`."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from registry.actions.people import digest_of
from registry.models import ApiToken
from registry.walls import now_within_sites_of

USE_IS_NOTED_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """A token stands for its user with its own, lower rights: they hang on `user.token`, where access.py looks."""

    def authenticate_header(self, request):
        return "Bearer"

    def authenticate(self, request):
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Send the header as: Authorization: Bearer TOKEN")
        return self.user_of(words[1].decode("latin-1"))

    def user_of(self, text: str):
        """The user and token behind the text; one answer for unknown, expired and revoked tokens."""
        token = ApiToken.objects.select_related("user").filter(digest=digest_of(text)).first()
        now = timezone.now()
        if token is None or token.revoked_at or token.expires_at <= now or not token.user.is_active:
            raise AuthenticationFailed("This token is unknown, expired or revoked. Ask the site admin for a new one.")
        if token.last_used_at is None or now - token.last_used_at > USE_IS_NOTED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        token.user.token = token
        now_within_sites_of(token.user)
        return token.user, token


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema names this way to log in."""

    target_class = "registry.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "An API token of Promontory."}
