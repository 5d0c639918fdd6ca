"""Integer tables as JSON documents, written and read strictly: a float, a negative count or a stray key is refused."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any


class NotATable(ValueError):
    """A document that is not a table: a wrong key, a float, a negative count."""


class TablesDiffer(ValueError):
    """Two tables that do not count the same thing cannot be added."""


def canonical(document: Any) -> bytes:
    """The one way to write a document: sorted keys, no spaces, no NaN. "The same bytes" means these."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def written(value: Any) -> Any:
    """JSON's own types: integer keys as text, tuples and sets as lists."""
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: written(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): written(cell) for key, cell in value.items()}
    if isinstance(value, tuple | frozenset):
        return [written(cell) for cell in (sorted(value) if isinstance(value, frozenset) else value)]
    return value


def read_keys(kind: type, document: Any, **readers: Callable) -> dict:
    if not isinstance(document, dict) or set(document) != set(readers):
        raise NotATable(f"a {kind.__name__} has exactly the keys {', '.join(sorted(readers))}")
    return {key: read(document[key]) for key, read in readers.items()}


def read_as(kind: type, readers: dict, document: Any) -> Any:
    return kind(**read_keys(kind, document, **readers))


def read_integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotATable(f"{value!r} is not an integer")
    return value


def read_count(value: Any) -> int:
    if read_integer(value) < 0:
        raise NotATable(f"{value} is below 0")
    return value


def read_mapping(document: Any, *, read: Callable) -> dict:
    if not isinstance(document, dict):
        raise NotATable(f"{document!r} is not an object")
    return {key: read(cell) for key, cell in document.items()}


read_rows = partial(read_mapping, read=read_count)


def read_by_value(document: Any, *, read: Callable) -> dict[int, Any]:
    """An object whose keys are values, written as integers."""
    cells = read_mapping(document, read=read)
    wrong = next((key for key in cells if not key.removeprefix("-").isdecimal() or str(int(key)) != key), None)
    if wrong is not None:
        raise NotATable(f"{wrong!r} is not a value written as an integer")
    return {int(key): cell for key, cell in cells.items()}


read_counts = partial(read_by_value, read=read_count)


def read_list(document: Any, *, read: Callable) -> tuple:
    if not isinstance(document, list):
        raise NotATable(f"{document!r} is not a list")
    return tuple(read(cell) for cell in document)


def read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotATable(f"{value!r} is not text")
    return value


read_integers = partial(read_list, read=read_integer)
read_texts = partial(read_list, read=read_text)
read_matrix = partial(read_list, read=read_integers)
