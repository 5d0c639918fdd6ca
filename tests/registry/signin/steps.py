"""Logging in as a person does, for tests of what it takes."""

import re
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from registry.signin.ciphers import decrypted
from tests.builders import PASSWORD

SECRET = re.compile(r"<code>([A-Z2-7]{32})</code>")


def logged_in(user, password: str = PASSWORD) -> Client:
    """A browser in which somebody gave username and password."""
    client = Client()
    answer = client.post(reverse("login"), {"login": user.username, "password": password})
    assert answer.status_code == 302, answer.content
    return client


def code_of(secret: str) -> str:
    """What the app shows at this moment."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def set_up_app(client: Client) -> str:
    """Set up an authenticator app, as its page leads through; its secret."""
    page = client.get(reverse("mfa_activate_totp"))
    secret = SECRET.search(page.content.decode())[1]
    assert client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}).status_code == 302
    return secret


def secret_of(user) -> str:
    return decrypted(Authenticator.objects.get(user=user, type="totp").data["secret"])


def give_code(client: Client, code: str):
    return client.post(reverse("mfa_authenticate"), {"code": code})
