"""The API by which bundles come to a place that pools: each by the SHA-256 of its bytes."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, PermissionDenied, UnsupportedMediaType
from rest_framework.response import Response
from rest_framework.views import APIView

from outcomes.api_pooling import TAGS, ReceivedBundleSerializer
from outcomes.models import PoolingStudy, ReceivedBundle
from outcomes.pooling.bundle import LARGEST
from outcomes.pooling.receiving import import_bundle, named_as, study_for, understood
from outcomes.pooling.refusals import BundleRefused
from registry.access import Permission, sites_for
from registry.endpoints import refuse_unclear
from registry.throttle import one_at_a_time

JSON = "application/json"
MAY_NOT_SEND = "You may not send tables to a pooling study at any site."


class NotTaken(APIException):
    """A bundle that is not taken, as the API says it."""

    def __init__(self, refusal: BundleRefused):
        self.status_code, self.problem_type = refusal.status_code, refusal.problem_type
        super().__init__(refusal.message)


class TooLarge(APIException):
    """The bundle is longer than any may be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"A bundle has at most {LARGEST:,} bytes."


class BundleView(APIView):
    """One bundle, by the SHA-256 of its bytes."""

    http_method_names = ["put"]

    @extend_schema(
        operation_id="pool_bundles_put",
        parameters=[OpenApiParameter("sha256", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, OpenApiParameter.PATH)],
        request={JSON: {"type": "object", "description": "A bundle, as a site's export_bundle writes it."}},
        responses={
            200: OpenApiResponse(ReceivedBundleSerializer, "It was here already; nothing was changed."),
            201: OpenApiResponse(ReceivedBundleSerializer, "It was taken in."),
        },
        tags=TAGS,
    )
    def put(self, request, sha256: str):
        """Send a bundle to the study that pools by its spec. The same bytes again change nothing."""
        refuse_unclear(request.query_params, set())
        if not sites_for(request.user, Permission.SEND_BUNDLES):
            raise PermissionDenied(MAY_NOT_SEND)
        studies = PoolingStudy.objects.visible_to(request.user, Permission.SEND_BUNDLES)
        with one_at_a_time(getattr(request.user, "token", None)):
            kept, is_new = taken(studies, content_of(request), sha256, by=request.user)
        body = ReceivedBundleSerializer(kept).data
        return Response(body, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


def taken(studies, content: bytes, sha256: str, *, by) -> tuple[ReceivedBundle, bool]:
    """The bundle as it is kept, and whether it is new; NotTaken with the reason's own status and name."""
    try:
        named_as(content, sha256)
        return import_bundle(study_for(studies, understood(content)), content, by=by)
    except BundleRefused as error:
        raise NotTaken(error) from error


def content_of(request) -> bytes:
    """The body as it was sent: its name is of these very bytes. A bundle may be longer than a form."""
    if request.content_type.partition(";")[0].strip() != JSON:
        raise UnsupportedMediaType(request.content_type)
    content = request.stream.read(LARGEST + 1) if request.stream is not None else b""
    if len(content) > LARGEST:
        raise TooLarge
    return content
