"""What every endpoint of the API does alike: cursor pages, and a clear no to what it does not understand."""

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import viewsets
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination

PAGE = {"cursor", "page_size"}


class Cursor(CursorPagination):
    """Pages that neither skip nor repeat a row while others are added; `page_size` from 1 to 1000."""

    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    ordering = "id"

    def get_page_size(self, request):
        text = request.query_params.get("page_size", str(self.page_size))
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= self.max_page_size):
            raise ValidationError({"page_size": f"Give a whole number from 1 to {self.max_page_size}."})
        return int(text)


def refuse_unknown(given, known, place: str) -> None:
    """400, naming what is not understood and what would be: a mistyped filter must not return unfiltered rows."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        understood = ", ".join(sorted(known)) or "none"
        raise ValidationError(dict.fromkeys(unknown, f"Unknown {place}. Understood here: {understood}."))


class Endpoint(viewsets.GenericViewSet):
    """A viewset that refuses unknown query parameters and answers 404 for what is not visible to the asker."""

    filterset_fields: list[str] = []

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        listing = self.action == "list"
        refuse_unknown(request.query_params, PAGE | set(self.filter_names()) if listing else set(), "parameter")
        repeated = [name for name in request.query_params if len(request.query_params.getlist(name)) > 1]
        refuse_unknown(repeated, set(), "repetition of a parameter")

    def filter_names(self) -> list[str]:
        """The filters of this list."""
        filterset = getattr(self, "filterset_class", None)
        return list(filterset.base_filters) if filterset else list(self.filterset_fields)

    def get_object(self):
        try:
            return super().get_object()
        except (ValueError, DjangoValidationError) as error:
            raise NotFound from error
