"""The API of releases: rows of a freeze without identifiers, asked for by a token, pulled as files."""

from django.db.models import OuterRef, Subquery
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.reverse import reverse

from outcomes.asking import KEY_USED
from outcomes.cohorts import visible_cohorts
from outcomes.models import Cohort, Freeze
from registry.access import Permission, Profile, sites_for
from registry.endpoints import (
    IDEMPOTENCY_KEY,
    Endpoint,
    Text,
    Unprocessable,
    choice_filter,
    idempotency_key,
    text_filter,
    understood,
)
from registry.errors import Refused
from registry.models import Job
from registry.models.study import SLUG
from reports.models import Release, ReleaseFile
from reports.releases.access import profiles_of, pullable, received, told
from reports.releases.asking import MAY_NOT, WITHHELD, ask_release
from reports.releases.files import FORMATS, MEDIA_TYPES
from reports.releases.sending import AsItIs, sent

FILE_NAME = r"[A-Za-z0-9_.-]+"


class MayNotPull(PermissionDenied):
    """Without a token that pulls rows, or in a laxer form than it allows."""

    problem_type = "scope-missing"
    default_detail = "Rows leave by a token with the scope pull:rows, in its profile or a stricter one."


class NothingFrozen(APIException):
    status_code = 409
    problem_type = "release-not-frozen"
    default_detail = "This cohort has no freeze of sites that this token covers. Ask the sites to freeze it."


class Withheld(PermissionDenied):
    """The same words whatever the reason, so that nothing follows from them."""

    problem_type = "disclosure-withheld"
    default_detail = "These rows may not leave as they are. The sites know more; ask them."


class ReleaseSerializer(serializers.ModelSerializer):
    """Rows of a freeze for the asker: how far they are, and once they are there what names them."""

    cohort = serializers.CharField(source="cohort_slug", help_text="Slug of the cohort.")
    freeze = serializers.UUIDField(source="params.freeze", help_text="Id of the freeze.")
    profile = serializers.ChoiceField(Release.Profile.choices, source="params.profile")
    formats = serializers.ListField(source="params.formats", child=serializers.ChoiceField(FORMATS))
    tables = serializers.DictField(
        source="release.manifest.tables", child=serializers.IntegerField(), default=None, allow_null=True,
        help_text="Rows by table; null until it is done.",
    )  # fmt: skip
    digest = serializers.CharField(
        source="release.digest", default=None, allow_null=True, help_text="SHA-256 of the manifest's canonical JSON."
    )
    supersedes = serializers.CharField(
        source="release.manifest.supersedes", default=None, allow_null=True,
        help_text="Digest of the release of this cohort and profile that the asker had before.",
    )  # fmt: skip
    cite_as = serializers.SerializerMethodField(help_text="The sentence by which a paper names these rows.")
    recalled_subjects = serializers.SerializerMethodField(
        help_text='How many of its patients left the record since, in fives: "<5", "5", "10" and on; null for nobody.'
    )

    class Meta:
        model = Job
        fields = read_only_fields = [
            "id", "cohort", "freeze", "profile", "formats", "state", "steps_done", "steps_total", "step", "error",
            "created_at", "finished_at", "tables", "digest", "supersedes", "cite_as", "recalled_subjects",
        ]  # fmt: skip

    def get_cite_as(self, job) -> str | None:
        release = getattr(job, "release", None)
        return release and f"{release.manifest['cite_as']} Release {release.digest}."

    def get_recalled_subjects(self, job) -> str | None:
        return told(job.recalled)


class ReleaseRequestSerializer(serializers.Serializer):
    """What to release. Without a freeze: the newest one of the cohort whose every site the token covers."""

    cohort = Text(max_length=100, validators=[SLUG], help_text="Slug of the cohort.")
    freeze = serializers.UUIDField(required=False, help_text="Id of a freeze of it.")
    profile = serializers.ChoiceField(
        Release.Profile.choices, required=False, help_text="The token's own, or a stricter one."
    )
    formats = serializers.ListField(
        child=serializers.ChoiceField(FORMATS), required=False, min_length=1, max_length=len(FORMATS),
        help_text="All of them where none is named.",
    )  # fmt: skip


class ManifestFileSerializer(serializers.Serializer):
    name = serializers.CharField()
    media_type = serializers.CharField()
    rows = serializers.IntegerField(allow_null=True)
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()


class ManifestSerializer(serializers.Serializer):
    """What names a release. Its canonical JSON (RFC 8785), without `signatures`, has the digest of the release."""

    format = serializers.CharField()
    cohort = serializers.DictField()
    studies = serializers.ListField(child=serializers.CharField())
    sites = serializers.ListField(child=serializers.CharField())
    synthetic = serializers.BooleanField()
    unit = serializers.CharField()
    freeze = serializers.DictField()
    profile = serializers.DictField()
    instruments = serializers.DictField()
    changed = serializers.DictField(help_text="What was changed or left out, and why, by variable.")
    tables = serializers.DictField(child=serializers.IntegerField())
    files = ManifestFileSerializer(many=True)
    cite_as = serializers.CharField()
    supersedes = serializers.CharField(allow_null=True)
    program_version = serializers.CharField()
    dictionary_version = serializers.CharField(help_text="As /dictionary/ names it.")
    instruments_hash = serializers.CharField(help_text="SHA-256 of what its instruments mean, as bundles have it.")
    signatures = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField()),
        help_text="Of each site: its code, alg (Ed25519), kid and value, over the canonical JSON without `signatures`.",
    )


class ReleaseFilter(filters.FilterSet):
    cohort = text_filter("cohort_slug", Cohort.slug)
    profile = choice_filter("params__profile", Release.Profile.values)
    state = choice_filter("state", Job.State.values)


FILES = {
    (code, media_type.partition(";")[0]): OpenApiResponse(OpenApiTypes.BINARY, words)
    for media_type in MEDIA_TYPES.values()
    for code, words in ((200, "The file; its ETag is its SHA-256."), (206, "The part that Range asks for."))
}
FILE_PARAMETERS = [
    OpenApiParameter("name", {"type": "string", "pattern": f"^{FILE_NAME}$"}, OpenApiParameter.PATH),
    OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="304 where it is the file's ETag."),
    OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="One range of bytes, as bytes=0-999."),
]


class ReleaseEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The releases for the asker, by a token that pulls rows: of sites that it covers, in forms that it allows."""

    queryset = Job.objects.none()
    serializer_class = ReleaseSerializer
    filterset_class = ReleaseFilter
    http_method_names = ["get", "head", "post"]

    def get_queryset(self):
        cohort = Cohort.objects.filter(pk=OuterRef("cohort_id"))
        rows = received(self.request.user).annotate(cohort_slug=Subquery(cohort.values("slug")))
        return rows.select_related("release").defer("release__patient_ids")

    @extend_schema(
        request=ReleaseRequestSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: OpenApiResponse(ReleaseSerializer, "The release; Location is its address.")},
    )
    def create(self, request):
        """Ask for rows of a freeze as files. The same freeze, profile and formats are the same release."""
        if not sites_for(request.user, Permission.PULL_ROWS):
            raise MayNotPull
        wanted = understood(ReleaseRequestSerializer, request)
        job = asked(
            freeze_of(wanted, request.user),
            profile=profile_of(wanted, request.user),
            formats=wanted.get("formats", FORMATS),
            by=request.user,
            key=idempotency_key(request),
        )
        body = ReleaseSerializer(self.get_queryset().get(pk=job.pk)).data
        headers = {"Location": reverse("api-release-detail", args=[job.pk], request=request)}
        return Response(body, status=status.HTTP_202_ACCEPTED, headers=headers)

    @extend_schema(responses=ManifestSerializer)
    @action(detail=True, url_path="manifest", url_name="manifest", filterset_class=None, pagination_class=None)
    def manifest(self, request, pk=None):
        """The manifest: every file with its size and SHA-256."""
        release = self.made()
        headers = {"ETag": f'"{release.digest.removeprefix("sha256:")}"', "Cache-Control": "private, no-store"}
        return Response(release.manifest, headers=headers)

    @extend_schema(parameters=FILE_PARAMETERS, responses=FILES | {304: None})
    @action(
        detail=True, url_path=f"files/(?P<name>{FILE_NAME})", url_name="file", renderer_classes=[AsItIs],
        filterset_class=None, pagination_class=None,
    )  # fmt: skip
    def file(self, request, pk=None, name=""):
        """One file. Gzip where it is accepted; 304, and Range, by the ETag. Each pull is logged."""
        release = self.made()
        file = ReleaseFile.objects.filter(release=release, name=name).defer("content").first()
        if file is None:
            raise NotFound("The manifest has no file of this name.")
        return sent(request, release, file)

    def made(self) -> Release:
        """The release of this address; 404 where it is another's, or not made."""
        release = getattr(self.get_object(), "release", None)
        if release is None:
            raise NotFound("This release is not made.")
        return release


def profile_of(wanted: dict, user) -> str:
    """The token's profile, or the stricter one that was asked for; 403 for a laxer one."""
    profile = wanted.get("profile", user.token.profile)
    if profile == Profile.IDENTIFIED or profile not in profiles_of(user):
        raise MayNotPull
    return profile


def freeze_of(wanted: dict, user) -> Freeze:
    """The freeze that was asked for, or the newest; 404 where the token sees none of it, 409 where there is none."""
    cohort = visible_cohorts(user, Permission.PULL_ROWS).filter(slug=wanted["cohort"]).first()
    if cohort is None:
        raise NotFound(f"There is no cohort {wanted['cohort']} that you may see.")
    freezes = pullable(user).filter(cohort=cohort).select_related("cohort").defer(*Freeze.TABLES)
    if "freeze" in wanted:
        freezes = freezes.filter(pk=wanted["freeze"])
    found = freezes.first()
    if found is None:
        raise NotFound("There is no such freeze that you may see.") if "freeze" in wanted else NothingFrozen
    return found


def asked(freeze: Freeze, *, profile: str, formats, by, key: str) -> Job:
    """The job; 403 in constant words where the rows may not leave, 422 for a key that stands for another request."""
    try:
        return ask_release(
            freeze=freeze, profile=profile, recipient=by, by=by, formats=formats, idempotency_key=key
        )  # fmt: skip
    except Refused as error:
        rule = error.problems[0].rule
        if rule in WITHHELD:
            raise Withheld from error
        if rule == MAY_NOT:
            raise MayNotPull from error
        if rule == KEY_USED:
            raise Unprocessable(error.problems[0].message) from error
        raise
