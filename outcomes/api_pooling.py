"""The API of a place that pools: who contributes and with which keys, and what was made of the sums."""

from django.db.models import BooleanField, Prefetch, Value
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.reverse import reverse

from outcomes.analyses import TYPES
from outcomes.asking import KEY_USED
from outcomes.models import Contributor, ContributorKey, PooledResult, PoolingStudy, ReceivedBundle
from outcomes.models.pooling import CODE
from outcomes.pooling.adding import ask_pooling, is_current, may_manage
from outcomes.pooling.studies import join, may_admit, with_counts
from registry.endpoints import (
    IDEMPOTENCY_KEY,
    Endpoint,
    Text,
    Unprocessable,
    choice_filter,
    idempotency_key,
    text_filter,
)
from registry.endpoints import understood as body_of
from registry.errors import Refused
from registry.models import Job

MAY_NOT_ADMIT = "Who may share at the place that pools adds contributors and keys; no token may."
MAY_NOT_ADD_UP = "You may not have the tables of this study added up."
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="Slug of the study.")
TAGS = ["pool"]


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


class SumSerializer(serializers.ModelSerializer):
    """A sum that was asked for: is_current of the results says whether they are of what counts now."""

    class Meta:
        model = Job
        fields = read_only_fields = ["id", "state", "steps_done", "steps_total", "created_at"]


@extend_schema(tags=TAGS)
class PoolingStudyEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The studies of places whose results the asker may read. The path names the slug."""

    queryset = PoolingStudy.objects.none()
    serializer_class = PoolingStudySerializer
    lookup_field = "slug"
    lookup_value_regex = "[^/]+"
    http_method_names = ["get", "head", "post"]

    def get_queryset(self):
        return with_counts(PoolingStudy.objects.visible_to(self.request.user).select_related("site"))

    @extend_schema(
        request=None,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: OpenApiResponse(SumSerializer, "It was asked for; Location is where its results will be.")},
    )
    @action(detail=True, methods=["post"])
    def sums(self, request, slug: str):
        """Have what counts now added up. One that is under way already is given back, but for a key's own."""
        study = self.get_object()
        if not may_manage(study, request.user):
            raise PermissionDenied(MAY_NOT_ADD_UP)
        job = asked(study, by=request.user, key=idempotency_key(request))
        address = reverse("api-pooled-result-list", args=[slug], request=request)
        return Response(SumSerializer(job).data, status=status.HTTP_202_ACCEPTED, headers={"Location": address})


def asked(study: PoolingStudy, *, by, key: str) -> Job:
    """The job; 400 where there is nothing to add up, 422 for a key that stands for another request."""
    try:
        return ask_pooling(study=study, by=by, idempotency_key=key)
    except Refused as error:
        said = error.problems[0].message
        raise Unprocessable(said) if error.problems[0].rule == KEY_USED else ValidationError(said) from error


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
        if not may_admit(study, request.user):
            raise PermissionDenied(MAY_NOT_ADMIT)
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
    is_current = serializers.BooleanField(help_text="Made of the bundles that count now, by this program version.")
    envelope = serializers.DictField(help_text="Inputs' digest, spec, sites, preset, program version, when.")

    class Meta:
        model = PooledResult
        fields = read_only_fields = [
            "id", "analysis_id", "type", "entry", "payload", "payload_sha256", "exact", "is_current", "level", "inputs",
            "missing", "stratified", "two_stage", "envelope", "created_at",
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
        newest = self.study.poolings.order_by("-made_at").first()
        current = Value(newest is not None and is_current(newest), BooleanField())
        return PooledResult.objects.filter(pooling=newest).annotate(is_current=current)
