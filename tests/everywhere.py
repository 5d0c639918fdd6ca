"""Within all walls at once: where what tests and campaigns build and look at stands, in any thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import pytest

from registry import walls


@contextmanager
def within_all_walls(why: str) -> Iterator[None]:
    """Until the end whoever said nothing is within every site; requests and jobs have walls of their own."""
    with pytest.MonkeyPatch.context() as patch:
        everywhere = walls.Within(walls.EVERY_SITE, why=why)
        patch.setattr(walls, "WITHIN", ContextVar("within", default=everywhere))
        yield
