"""Tables of counts as JSON that every reader reads alike: what may pass 2**53 is written as decimal text.

Which numbers those are follows from the kind of the table, never from their size, so that equal tables are equal bytes:
the sums and products of moments. Any other number that does not fit is refused when the bytes are made.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from outcomes.stats.documents import NotATable

MOMENTS, STRATA = "moments", "strata"
LARGE = ("sums", "products")
INTEGER = re.compile(r"0|-?[1-9][0-9]{0,99}")


def portable(part: Mapping[str, Any]) -> dict:
    """A part of Tables.to_json() as it is sent."""
    return _rewritten(part, part.get("kind"), str)


def as_counted(part: Any) -> Any:
    """A part that was sent as Tables.from_json() reads it. NotATable where a number is not written as it should be."""
    if not isinstance(part, Mapping):
        raise NotATable("a table is an object")
    return _rewritten(part, part.get("kind"), _read)


def _rewritten(part: Any, kind: Any, write: Callable) -> Any:
    if not isinstance(part, Mapping):
        return part
    if kind == STRATA and isinstance(part.get("strata"), Mapping):
        inner = {name: _rewritten(table, part.get("of"), write) for name, table in part["strata"].items()}
        return dict(part) | {"strata": inner}
    if kind == MOMENTS:
        return dict(part) | {name: _each(part[name], write) for name in LARGE if name in part}
    return dict(part)


def _each(value: Any, write: Callable) -> Any:
    return [_each(cell, write) for cell in value] if isinstance(value, list) else write(value)


def _read(value: Any) -> int:
    if not isinstance(value, str) or not INTEGER.fullmatch(value):
        raise NotATable(f"{str(value)[:40]!r} is not a whole number written as text")
    return int(value)
