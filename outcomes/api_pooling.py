"""The API of a place that pools: bundles in, who contributes and with which keys, and what was made of the sums."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, PermissionDenied, UnsupportedMediaType, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.views import APIView

from outcomes.analyses import TYPES
from outcomes.models import Contributor, ContributorKey, PooledResult, PoolingStudy, ReceivedBundle
from outcomes.models.pooling import CODE
from outcomes.pooling.bundle import LARGEST
from outcomes.pooling.receiving import import_bundle, named_as, study_for, understood
from outcomes.pooling.refusals import BundleRefused
from outcomes.pooling.studies import join, with_counts
from registry.access import Permission, sites_for
from registry.endpoints import Endpoint, Text, choice_filter, refuse_unclear, text_filter
from registry.endpoints import understood as body_of
from registry.errors import Refused

JSON = "application/json"
MAY_NOT_SEND = "You may not send tables to a pooling study at any site."
MAY_NOT_MANAGE = "You may not add contributors to this study."
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="Slug of the study.")
TAGS = ["pool"]


class NotTaken(APIException):
    """A bundle that is not taken, as the API says it."""

    def __init__(self, refusal: BundleRefused):
        self.status_code, self.problem_type = refusal.status_code, refusal.problem_type
        super().__init__(refusal.message)


class TooLarge(APIException):
    """The bundle is longer than any may be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"A bundle has at most {LARGEST:,} bytes."


class ReceivedBundleSerializer(serializers.ModelSerializer):
    """A bundle as it was received."""

    study = serializers.SlugRelatedField("slug", read_only=True, help_text="Slug of the pooling study.")
    contributor = serializers.SlugRelatedField("code", read_only=True, help_text="Code of the site that it is of.")

    class Meta:
        model = ReceivedBundle
        fields = read_only_fields = [
            "bundle_id", "sha256", "study", "contributor", "level", "release_id", "release_digest", "as_of",
            "supersedes", "overlap", "n", "status", "received_at",
        ]  # fmt: skip


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
        content = content_of(request)
        try:
            named_as(content, sha256)
            study = study_for(studies, understood(content))
            kept, is_new = import_bundle(study, content, by=request.user)
        except BundleRefused as error:
            raise NotTaken(error) from error
        body = ReceivedBundleSerializer(kept).data
        return Response(body, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


def content_of(request) -> bytes:
    """The body as it was sent: its name is of these very bytes. A bundle may be longer than a form."""
    if request.content_type.partition(";")[0].strip() != JSON:
        raise UnsupportedMediaType(request.content_type)
    content = request.stream.read(LARGEST + 1) if request.stream is not None else b""
    if len(content) > LARGEST:
        raise TooLarge
    return content


class PoolingStudySerializer(serializers.ModelSerializer):
    """A study that a place pools by one spec."""

    site = serializers.SlugRelatedField("code", read_only=True, help_text="Code of the place that pools.")
    contributors = serializers.IntegerField(source="contributors_n", help_text="How many sites may send.")
    bundles = serializers.IntegerField(source="bundles_n", help_text="How many bundles count now.")
    pooled_at = serializers.DateTimeField(allow_null=True, help_text="When the tables were added up last.")

    class Meta:
        model = PoolingStudy
        fields = read_only_fields = [
            "id", "slug", "name", "site", "spec_hash", "contributors", "bundles", "pooled_at", "made_at",
        ]  # fmt: skip


@extend_schema(tags=TAGS)
class PoolingStudyEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The studies of places whose results the asker may read. The path names the slug."""

    queryset = PoolingStudy.objects.none()
    serializer_class = PoolingStudySerializer
    lookup_field = "slug"
    lookup_value_regex = "[^/]+"

    def get_queryset(self):
        return with_counts(PoolingStudy.objects.visible_to(self.request.user).select_related("site"))


class OfStudy(ListModelMixin, Endpoint):
    """What belongs to one study: 404 where the asker may not read it."""

    @property
    def study(self) -> PoolingStudy:
        studies = PoolingStudy.objects.visible_to(self.request.user)
        return get_object_or_404(studies, slug=self.kwargs["slug"])


class ContributorSerializer(serializers.ModelSerializer):
    """A site that may send, and the bundle of it that counts."""

    bundle = serializers.SerializerMethodField(help_text="The bundle that counts now.")

    class Meta:
        model = Contributor
        fields = read_only_fields = ["id", "code", "name", "bundle"]

    @extend_schema_field(ReceivedBundleSerializer(allow_null=True))
    def get_bundle(self, contributor):
        return ReceivedBundleSerializer(contributor.counted[0]).data if contributor.counted else None


@extend_schema(parameters=[SLUG], tags=TAGS)
class ContributorEndpoint(OfStudy):
    """Who may send to a study, and what of it counts."""

    queryset = Contributor.objects.none()
    serializer_class = ContributorSerializer

    def get_queryset(self):
        counted = ReceivedBundle.objects.filter(status=ReceivedBundle.Status.ACCEPTED).defer("content")
        bundles = Prefetch("bundles", counted.select_related("study", "contributor"), to_attr="counted")
        return self.study.contributors.prefetch_related(bundles)


class ContributorKeySerializer(serializers.ModelSerializer):
    """A key that a contributor signs with."""

    contributor = serializers.SlugRelatedField("code", read_only=True, help_text="Code of the contributor.")

    class Meta:
        model = ContributorKey
        fields = read_only_fields = ["id", "contributor", "kid", "public", "valid_from", "valid_to", "revoked_at"]


class NewContributorKeySerializer(serializers.Serializer):
    """A key of a contributor; a contributor that is not there yet is added."""

    contributor = Text(max_length=40, validators=[CODE], help_text="Code of the contributor.")
    name = Text(max_length=200, required=False, help_text="What the contributor is called in words.")
    public = Text(max_length=44, help_text="The 32 bytes of an Ed25519 key as base64.")


@extend_schema(parameters=[SLUG], tags=TAGS)
class KeyEndpoint(OfStudy):
    """The keys of a study's contributors."""

    queryset = ContributorKey.objects.none()
    serializer_class = ContributorKeySerializer
    http_method_names = ["get", "head", "put"]

    def get_queryset(self):
        return ContributorKey.objects.filter(contributor__study=self.study).select_related("contributor")

    @extend_schema(
        request=NewContributorKeySerializer,
        responses={
            200: OpenApiResponse(ContributorKeySerializer, "It was here already; nothing was changed."),
            201: OpenApiResponse(ContributorKeySerializer, "It was added."),
        },
    )
    def add(self, request, slug: str):
        """Add a key of a contributor, and the contributor where it is not there yet."""
        study = self.study
        if not PoolingStudy.objects.visible_to(request.user, Permission.ASK_ANALYSES).filter(pk=study.pk).exists():
            raise PermissionDenied(MAY_NOT_MANAGE)
        said = body_of(NewContributorKeySerializer, request)
        try:
            key, is_new = join(study=study, code=said.pop("contributor"), **said, by=request.user)
        except Refused as error:
            raise ValidationError({problem.field: problem.message for problem in error.problems}) from error
        return Response(
            ContributorKeySerializer(key).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        )


class PooledResultSerializer(serializers.ModelSerializer):
    """One analysis of a sum. Its payload has the bytes that one site with all rows would have, where it is exact."""

    entry = serializers.DictField(help_text="The spec's entry, as it was.")
    payload = serializers.DictField(help_text="Numbers, n, test, effect, interval; or why there are none.")
    missing = serializers.DictField(source="envelope.missing", help_text="Sites that are not in it, and why.")
    stratified = serializers.DictField(
        source="envelope.beside.stratified", allow_null=True, default=None,
        help_text="The same question, stratified by site.",
    )  # fmt: skip
    two_stage = serializers.DictField(
        source="envelope.beside.two_stage", allow_null=True, default=None,
        help_text="Each site's own effect, and all of them as one.",
    )  # fmt: skip
    envelope = serializers.DictField(help_text="Inputs' digest, spec, sites, preset, program version, when.")

    class Meta:
        model = PooledResult
        fields = read_only_fields = [
            "id", "analysis_id", "type", "entry", "payload", "payload_sha256", "exact", "level", "inputs", "missing",
            "stratified", "two_stage", "envelope", "created_at",
        ]  # fmt: skip


class PooledResultFilter(filters.FilterSet):
    analysis_id = text_filter("analysis_id", PooledResult.analysis_id)
    type = choice_filter("type", TYPES)


@extend_schema(parameters=[SLUG], tags=TAGS)
class PooledResultEndpoint(OfStudy):
    """What was made of a study's newest sum."""

    queryset = PooledResult.objects.none()
    serializer_class = PooledResultSerializer
    filterset_class = PooledResultFilter

    def get_queryset(self):
        newest = self.study.poolings.order_by("-made_at").values("pk")[:1]
        return PooledResult.objects.filter(pooling__in=newest)
