"""What every endpoint of the API does alike: cursor pages, and a clear no to what it does not understand."""

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models.query_utils import DeferredAttribute
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, viewsets
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.pagination import Cursor as Place
from rest_framework.pagination import CursorPagination
from rest_framework.utils.urls import replace_query_param

from registry.cursors import place_in, question_of_list, word_for
from registry.sealed import NotOurs

PAGE = {"cursor", "page_size"}
LONGEST_MESSAGE = 500
KEY = re.compile(r"[!-~]{1,64}")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": f"^{KEY.pattern}$"},
    OpenApiParameter.HEADER,
    description="The same key with the same body gives the same answer; with another body it is refused with 422.",
)


class Unprocessable(APIException):
    """Understood, and in contradiction to what was asked before."""

    status_code = 422
    default_detail = "The request contradicts an earlier one."


class Cursor(CursorPagination):
    """Pages that neither skip nor repeat a row while others are added; `page_size` from 1 to 1000.

    A page's links are for the question that the page answers, and for no other.
    """

    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    ordering = "id"

    def get_page_size(self, request):
        text = request.query_params.get("page_size", str(self.page_size))
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= self.max_page_size):
            raise ValidationError({"page_size": f"Give a whole number from 1 to {self.max_page_size}."})
        return int(text)

    def paginate_queryset(self, queryset, request, view=None):
        self.question = question_of_list(request, getattr(view, "profile", ""))
        return super().paginate_queryset(queryset, request, view)

    def decode_cursor(self, request):
        word = request.query_params.get(self.cursor_query_param)
        if word is None:
            return None
        try:
            return Place(*place_in(word, self.question))
        except NotOurs as error:
            raise ValidationError({"cursor": "Take the cursor from `next` or `previous` of a page."}) from error

    def encode_cursor(self, cursor):
        return replace_query_param(self.base_url, self.cursor_query_param, word_for(list(cursor), self.question))

    def get_schema_operation_parameters(self, view):
        """As the framework says it, with the limits of a page."""
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {"minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return parameters

    def get_paginated_response_schema(self, schema):
        """The links are always there, null at the ends."""
        link = {"type": "string", "format": "uri", "nullable": True}
        properties = {"next": link, "previous": link, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}


def refuse_unknown(given: Iterable[str], known: Iterable[str], place: str) -> None:
    """400, naming what is not understood and what would be: a mistyped filter must not return unfiltered rows."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        understood = ", ".join(sorted(known)) or "none"
        raise ValidationError({shorten(name): f"Unknown {place}. Understood here: {understood}." for name in unknown})


def refuse_unclear(params, known: Iterable[str]) -> None:
    """400 for query parameters that are unknown, empty or given twice."""
    refuse_unknown(params, known, "parameter")
    unclear = {name: "Give it once." for name in params if len(params.getlist(name)) > 1}
    unclear |= {name: "Give a value, or leave it out." for name, value in params.items() if not value.strip()}
    if unclear:
        raise ValidationError(unclear)


def shorten(text: str) -> str:
    """A message that may quote the asker's own text, at a length that can be read; its end says what is wrong."""
    return text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 200]} … {text[-200:]}"


class Endpoint(viewsets.GenericViewSet):
    """A viewset that refuses unknown query parameters and answers 404 for what is not visible to the asker.

    `parameters` are understood by a list and by a single row.
    """

    http_method_names = ["get", "head"]
    pagination_class = Cursor
    filterset_class = None
    parameters = frozenset()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.settle(request)
        refuse_unclear(request.query_params, self.understood_here())

    def settle(self, request) -> None:
        """What has to be known of the asker before the parameters can be understood."""

    def understood_here(self) -> set[str]:
        """The query parameters of this address."""
        of_list = PAGE | {*self.filter_names()} if self.action == "list" else set()
        return of_list | (self.parameters if self.action in ("list", "retrieve") else set())

    def filter_names(self) -> list[str]:
        """The filters of this list."""
        return list(self.filterset_class.base_filters) if self.filterset_class else []

    def get_object(self):
        try:
            return super().get_object()
        except (ValueError, DjangoValidationError) as error:
            raise NotFound from error


def understood(serializer_class: type[serializers.Serializer], request) -> dict:
    """The body as the serializer reads it; 400 for what is no object, unknown or malformed."""
    if not isinstance(request.data, dict):
        raise ValidationError("The body must be a JSON object.")
    serializer = serializer_class(data=request.data)
    refuse_unknown(request.data, serializer.fields, "field")
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def idempotency_key(request) -> str:
    """The request's Idempotency-Key, or ''."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        raise ValidationError({"Idempotency-Key": "Give 1 to 64 printable ASCII characters without spaces."})
    return key or ""


class Text(serializers.CharField):
    """A JSON string, as it is: no number is taken for one, nothing is trimmed."""

    def __init__(self, **options):
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class PlainDecimal(serializers.DecimalField):
    """A number of the record as a string without an exponent and without trailing zeros: "7", "0.5"."""

    def __init__(self, **options):
        super().__init__(max_digits=20, decimal_places=8, coerce_to_string=True, normalize_output=True, **options)


def text_filter(path: str, column: DeferredAttribute) -> filters.CharFilter:
    """Rows whose text is exactly this; 400 for a text that the column could not hold. `column` as Site.code."""
    return filters.CharFilter(path, validators=column.field.validators, strip=False)


def choice_filter(path: str, choices: Iterable[str]) -> filters.ChoiceFilter:
    """Rows with one of the choices; 400 names them."""
    message = f"Choose one of {', '.join(choices)}."
    return filters.ChoiceFilter(
        path, choices=[(choice, choice) for choice in choices], error_messages={"invalid_choice": message}
    )
