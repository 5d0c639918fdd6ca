"""The dictionary by the API."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.dictionary import VERSION, dictionary
from registry.endpoints import refuse_unclear

DOCUMENT = OpenApiResponse(OpenApiTypes.OBJECT, "The dictionary: instruments, forms, codes, and what rows hold.")


class NoSuchVersion(NotFound):
    """A version of the dictionary that this program does not speak."""

    problem_type = "dictionary-unsupported"


class DictionaryView(APIView):
    """What each field, level, code and unit means. Its ETag changes with it."""

    @extend_schema(responses=DOCUMENT, tags=["dictionary"])
    def get(self, request):
        refuse_unclear(request.query_params, set())
        return Response(dictionary(request.user))


class DictionaryVersionView(APIView):
    """The dictionary of a version, where it is the one that this program speaks."""

    @extend_schema(operation_id="dictionary_of_version", responses=DOCUMENT, tags=["dictionary"])
    def get(self, request, version: str):
        refuse_unclear(request.query_params, set())
        if version != VERSION:
            raise NoSuchVersion(f"The dictionary here is {VERSION}.")
        return Response(dictionary(request.user))
