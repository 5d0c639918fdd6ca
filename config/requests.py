"""What a request may not contain, whatever page or endpoint it asks for."""

from django.conf import settings
from django.core.exceptions import BadRequest
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

from registry.strict_json import NotStrictJSON, has_unstorable, read_json

# What Django puts in the place of bytes that are not UTF-8.
UNREADABLE = "\ufffd"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class TooLarge(APIException):
    """The body is longer than a request may be."""

    status_code = 413
    default_detail = "The body is too large."


def refuse_what_cannot_be_stored(get_response):
    """Middleware: 400 for NUL, lone surrogates or a form's field sent twice, before any view sees them."""

    def middleware(request):
        texts = [request.path, *request.GET.keys(), *(v for values in request.GET.lists() for v in values[1])]
        # The API reads JSON alone, and what reads forms as REDCap does looks at them itself: to do it here would use up
        # the body that they have to refuse.
        if not request.path.startswith(("/api/", "/redcap/")) and request.content_type in FORMS:
            texts += [*request.POST.keys(), *(v for values in request.POST.lists() for v in values[1])]
            if any(len(values) > 1 for _, values in request.POST.lists()):
                raise BadRequest("A field of the form was sent twice, so that one of its values would be lost.")
            if any(UNREADABLE in text for text in texts):
                raise BadRequest("The form is not UTF-8, so that something else than what was typed would be kept.")
        if any(has_unstorable(text) for text in texts):
            raise BadRequest("The request contains a character that cannot be stored (NUL or half a surrogate pair).")
        return get_response(request)

    return middleware


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
            return read_json(whole_body(stream).decode("utf-8"))
        except (UnicodeDecodeError, NotStrictJSON) as error:
            why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            raise ParseError(f"The body is not JSON: {why}.") from error
