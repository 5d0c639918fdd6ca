"""The names of all addresses that there are."""

from django.urls import URLResolver


def doors_of(patterns):
    """The names of all addresses there are."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from doors_of(pattern.url_patterns)
        else:
            yield pattern.name
