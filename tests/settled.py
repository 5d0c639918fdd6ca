"""A session that is under way, for tests that count queries."""

from django.test import Client
from django.urls import reverse


def settled(client: Client, user) -> Client:
    """Logged in, and one page looked at: the first request of a session writes down that it is used."""
    client.force_login(user)
    client.get(reverse("home"))
    return client
