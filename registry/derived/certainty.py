"""Yes, no and unknown: True, False and None, joined without guessing."""

from collections.abc import Iterable


def any_of(values: Iterable[bool | None]) -> bool | None:
    """True where one is true, whatever the others; unknown before false; of nothing at all, false."""
    values = list(values)
    return True if True in values else None if None in values else False


def all_of(values: Iterable[bool | None]) -> bool | None:
    """False where one is false, whatever the others; unknown before true; of nothing at all, true."""
    values = list(values)
    return False if False in values else None if None in values else True
