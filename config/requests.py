"""What a request may not contain, whatever page or endpoint it asks for."""

import json

from django.core.exceptions import BadRequest
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 20


def has_unstorable(text: str) -> bool:
    """PostgreSQL text holds neither NUL nor a lone surrogate."""
    return "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)


def refuse_what_cannot_be_stored(get_response):
    """Middleware: 400 for NUL or lone surrogates in the path, query or form, before any view sees them."""

    def middleware(request):
        texts = [request.path, *request.GET.keys(), *(v for values in request.GET.lists() for v in values[1])]
        if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
            texts += [*request.POST.keys(), *(v for values in request.POST.lists() for v in values[1])]
        if any(has_unstorable(text) for text in texts):
            raise BadRequest("The request contains a character that cannot be stored (NUL or half a surrogate pair).")
        return get_response(request)

    return middleware


def check_depth_and_text(value, depth: int = 0) -> None:
    """Raise ParseError for text that cannot be stored or nesting past DEEPEST."""
    if depth > DEEPEST:
        raise ParseError(f"JSON is nested deeper than {DEEPEST} levels.")
    if isinstance(value, str) and has_unstorable(value):
        raise ParseError("JSON contains a character that cannot be stored (NUL or half a surrogate pair).")
    if isinstance(value, dict):
        check_depth_and_text(list(value), depth)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            check_depth_and_text(item, depth + 1)


def object_without_duplicates(pairs: list[tuple]) -> dict:
    """Python's json keeps the last of two equal keys, silently; a clear no is safer."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ParseError("JSON repeats a key in one object.")
    return result


def refuse_constant(name: str):
    raise ParseError(f"JSON has no number {name}.")


class StrictJSONParser(JSONParser):
    """JSON without duplicate keys, NaN, NUL, lone surrogates or absurd depth: each is a 400."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            text = stream.read().decode("utf-8")
            value = json.loads(text, object_pairs_hook=object_without_duplicates, parse_constant=refuse_constant)
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON: {type(error).__name__}.") from error
        check_depth_and_text(value)
        return value
