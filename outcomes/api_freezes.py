"""The API of freezes: which there are, whether one is what it was, and asking for one."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.reverse import reverse

from outcomes.api import JobSerializer, cohort_to_analyse, described
from outcomes.asking import KEY_USED
from outcomes.freezes import LONGEST_NOTE, ask_freeze, cite_as, is_whole
from outcomes.models import Cohort, Freeze, FreezeName
from registry.endpoints import (
    IDEMPOTENCY_KEY,
    Endpoint,
    Text,
    Unprocessable,
    idempotency_key,
    text_filter,
    understood,
)
from registry.errors import Refused
from registry.models import Job

LONGEST_NAME = FreezeName._meta.get_field("name").max_length


class FreezeNameSerializer(serializers.ModelSerializer):
    class Meta:
        model = FreezeName
        fields = read_only_fields = ["name", "note", "named_at"]


class FreezeSerializer(serializers.ModelSerializer):
    """A cohort's data at one moment: the digest is of its canonical rows."""

    cohort = serializers.SlugRelatedField("slug", read_only=True, help_text="Slug of the cohort.")
    sites = serializers.ListField(source="manifest.sites", child=serializers.CharField(), help_text="Codes of sites.")
    patients = serializers.IntegerField(source="manifest.flow.patients")
    procedures = serializers.IntegerField(source="manifest.flow.procedures")
    names = FreezeNameSerializer(many=True, read_only=True)
    cite_as = serializers.SerializerMethodField(help_text="The sentence by which a paper names its data.")

    class Meta:
        model = Freeze
        fields = ["id", "cohort", "digest", "made_at", "sites", "patients", "procedures", "names", "cite_as"]
        read_only_fields = fields

    def get_cite_as(self, freeze) -> str:
        return cite_as(freeze, next((each.name for each in freeze.names.all()), ""))


class WholeFreezeSerializer(FreezeSerializer):
    """One freeze, held against its digest."""

    whole = serializers.SerializerMethodField(help_text="Whether every stored byte is as it was frozen.")

    class Meta(FreezeSerializer.Meta):
        fields = read_only_fields = [*FreezeSerializer.Meta.fields, "whole"]

    def get_whole(self, freeze) -> bool:
        return is_whole(freeze)


class FreezeRequestSerializer(serializers.Serializer):
    """What to freeze, and what it will be called. A cohort has each name once."""

    cohort = Text(max_length=100, help_text="Slug of the cohort.")
    name = Text(max_length=LONGEST_NAME)
    note = Text(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="", help_text="No patients' names.")


class FreezeFilter(filters.FilterSet):
    cohort = text_filter("cohort__slug", Cohort.slug)
    name = text_filter("names__name", FreezeName.name)


class FreezeEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The freezes of sites all of whose results the asker may read."""

    queryset = Freeze.objects.none()
    serializer_class = FreezeSerializer
    filterset_class = FreezeFilter
    http_method_names = ["get", "head", "post"]

    def get_queryset(self):
        rows = Freeze.objects.visible_to(self.request.user).select_related("cohort").prefetch_related("names")
        return rows.defer(*Freeze.TABLES) if self.action == "list" else rows

    @extend_schema(responses=WholeFreezeSerializer)
    def retrieve(self, request, *args, **kwargs):
        """One freeze, its stored bytes held against its digest."""
        return Response(WholeFreezeSerializer(self.get_object()).data)

    @extend_schema(
        request=FreezeRequestSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: OpenApiResponse(JobSerializer, "The job; Location is its address. The list finds its name.")},
    )
    def create(self, request):
        """Ask for a freeze of the cohort as it is now, over its sites where the asker may ask for analyses."""
        wanted = understood(FreezeRequestSerializer, request)
        cohort = cohort_to_analyse(wanted.pop("cohort"), request.user)
        job = asked(cohort, by=request.user, key=idempotency_key(request), **wanted)
        address = reverse("api-job-detail", args=[job.pk], request=request)
        body = JobSerializer(described(Job.objects.all()).get(pk=job.pk)).data
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": address})


def asked(cohort: Cohort, *, name: str, note: str, by, key: str) -> Job:
    """The job; 422 for a key that stands for another request."""
    try:
        return ask_freeze(cohort=cohort, name=name, note=note, by=by, idempotency_key=key)
    except Refused as error:
        if error.problems[0].rule == KEY_USED:
            raise Unprocessable(error.problems[0].message) from error
        raise
