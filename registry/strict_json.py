"""JSON from outside, read strictly: what Python's json would lose, bend or choke on is refused in words."""

import json
import math
from collections.abc import Callable

DEEPEST = 20


class NotStrictJSON(ValueError):
    """Text that is no JSON, or JSON of which something would be lost or could not be kept."""


def object_without_a_key_twice(pairs: list[tuple[str, object]]) -> dict:
    """Python's json keeps the last of two equal keys, silently."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrictJSON("one object has a key more than once")
    return found


def no_constant(name: str) -> None:
    raise NotStrictJSON(f"{name} is not a number of JSON")


def finite(digits: str) -> float:
    """Python reads 1e999 as infinity, which is no JSON."""
    number = float(digits)
    if math.isinf(number):
        raise NotStrictJSON("a number is too large")
    return number


def check_depth_and_text(value: object, depth: int = 0) -> None:
    if isinstance(value, str) and has_unstorable(value):
        raise NotStrictJSON("it holds a NUL or half a surrogate pair, which cannot be kept")
    if not isinstance(value, dict | list):
        return
    if depth == DEEPEST:
        raise NotStrictJSON(f"it is nested deeper than {DEEPEST} levels")
    for inner in [*value, *value.values()] if isinstance(value, dict) else value:
        check_depth_and_text(inner, depth + 1)


def has_unstorable(text: str) -> bool:
    """PostgreSQL text holds neither NUL nor a lone surrogate."""
    try:
        return b"\x00" in text.encode()
    except UnicodeEncodeError:
        return True


def read_json(text: str, *, parse_float: Callable = finite) -> object:
    """The value in a text; NotStrictJSON, in words, for what this module refuses."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=object_without_a_key_twice,
            parse_constant=no_constant,
            parse_float=parse_float,
        )
    except NotStrictJSON:
        raise
    except RecursionError as error:
        raise NotStrictJSON(f"it is nested deeper than {DEEPEST} levels") from error
    except ValueError as error:
        raise NotStrictJSON(str(error)) from error
    check_depth_and_text(value)
    return value
