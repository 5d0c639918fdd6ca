"""What a request may not contain, whatever page or endpoint it asks for."""

import json
import math

from django.conf import settings
from django.core.exceptions import BadRequest
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 20
# What Django puts in the place of bytes that are not UTF-8.
UNREADABLE = "\ufffd"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class TooLarge(APIException):
    """The body is longer than a request may be."""

    status_code = 413
    default_detail = "The body is too large."


def has_unstorable(text: str) -> bool:
    """PostgreSQL text holds neither NUL nor a lone surrogate."""
    try:
        return b"\x00" in text.encode()
    except UnicodeEncodeError:
        return True


def refuse_what_cannot_be_stored(get_response):
    """Middleware: 400 for NUL, lone surrogates or a form's field sent twice, before any view sees them."""

    def middleware(request):
        texts = [request.path, *request.GET.keys(), *(v for values in request.GET.lists() for v in values[1])]
        # The API reads JSON alone; to look at a form here would use up the body that it has to refuse.
        if not request.path.startswith("/api/") and request.content_type in FORMS:
            texts += [*request.POST.keys(), *(v for values in request.POST.lists() for v in values[1])]
            if any(len(values) > 1 for _, values in request.POST.lists()):
                raise BadRequest("A field of the form was sent twice, so that one of its values would be lost.")
            if any(UNREADABLE in text for text in texts):
                raise BadRequest("The form is not UTF-8, so that something else than what was typed would be kept.")
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


def finite(digits: str) -> float:
    """Python reads 1e999 as infinity, which is no JSON."""
    number = float(digits)
    if math.isinf(number):
        raise ParseError("JSON contains a number that is too large.")
    return number


def whole_body(stream) -> bytes:
    """The body, unless it is longer than a form may be."""
    body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge
    return body


class StrictJSONParser(JSONParser):
    """JSON without duplicate keys, NaN, infinities, NUL, lone surrogates or absurd depth: each is a 400."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            text = whole_body(stream).decode("utf-8")
            value = json.loads(
                text,
                object_pairs_hook=object_without_duplicates,
                parse_constant=refuse_constant,
                parse_float=finite,
            )
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON: {type(error).__name__}.") from error
        check_depth_and_text(value)
        return value
