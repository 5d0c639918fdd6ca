"""The names of all addresses that there are, and by which methods each is asked."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver

# Each address is tried by these, whether it takes them or not; by the others, where it takes them.
ALWAYS, WHERE_TAKEN = ("GET", "POST"), ("PUT", "PATCH", "DELETE")


def every_pattern(patterns) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from every_pattern(pattern.url_patterns)
        else:
            yield pattern


def doors_of(patterns) -> Iterator[str]:
    """The names of all addresses there are."""
    return (pattern.name for pattern in every_pattern(patterns))


def methods_of(patterns) -> dict[str, tuple[str, ...]]:
    """By which methods each address is to be tried."""
    return {
        pattern.name: (*ALWAYS, *(each for each in WHERE_TAKEN if takes(pattern.callback, each.lower())))
        for pattern in every_pattern(patterns)
    }


def takes(view, method: str) -> bool:
    """Whether a view of a class has something that answers the method."""
    made_of = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if made_of is None or method not in made_of.http_method_names:
        return False
    return method in view.actions if hasattr(view, "actions") else hasattr(made_of, method)
